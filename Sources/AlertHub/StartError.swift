/// Why a command cannot do its work: one sentence for the person who gave it.
struct StartError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
