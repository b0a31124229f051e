import API
import Clinic
import Platform
import Settings
import Store

/// `alert-hub token`
enum TokenCommand {
    static func run(_ options: TokenOptions) -> Int32 {
        do {
            let installation = try Installation(config: options.config, data: options.data)
            print(try mint(options, installation))
            return 0
        } catch {
            complain("\(error)")
            return 1
        }
    }

    private static func mint(_ options: TokenOptions, _ installation: Installation) throws -> String {
        guard let role = Role(rawValue: options.role) else { throw StartError("there is no role \(options.role)") }
        let clinic = options.clinic.flatMap { ClinicID($0) } ?? DemoData.clinic
        guard let user = options.user.flatMap({ UserID($0) }) ?? DemoData.user(role: role, in: clinic) else {
            throw StartError("this clinic has no demo user of the role \(role.rawValue); give --user ID")
        }
        let now = WallTime.now()
        let end = WallTime(microseconds: now.microseconds + Int64(options.timeToLiveSeconds) * 1_000_000)
        let principal = Principal(clinic: clinic, user: user, role: role, expiresAt: end)
        return try installation.tokens(mayCreate: false).mint(principal, name: nil, now: now)
    }
}
