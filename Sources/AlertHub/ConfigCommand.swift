import Settings

/// `alert-hub config check`
enum ConfigCommand {
    static func check(_ file: String?) -> Int32 {
        do {
            let source = try Settings.load(file: file)
            print("\(source.file ?? "the built-in defaults"): all keys are valid")
            print(SettingTable.report(source.settings))
            return 0
        } catch {
            for problem in file.map({ Settings.problems(inFile: $0) }) ?? [error] { complain(problem.description) }
            return 1
        }
    }
}
