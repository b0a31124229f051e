import Clinic
import Database
import Platform
import Settings
import Store

/// `alert-hub admin …`: clinics and staff from the command line, for whoever runs the hub; audited as the group's administrator
/// without a name.
enum AdminCommand {
    static func run(_ options: AdminOptions) -> Int32 {
        do {
            let installation = try Installation(config: options.config, data: options.data)
            let database = try MigrateCommand.runningCluster(installation) ?? DatabaseAccess.open(installation)
            defer { database.cluster?.stop() }
            let task = options.task
            let token = try squareToken(task)
            for line in try StoreSession.run(
                database.hub, try installation.vault(),
                { store, _ throws(StoreError) in try await perform(task, token, store) })
            {
                print(line)
            }
            return 0
        } catch {
            complain("\(error)")
            return 1
        }
    }

    /// Square's token, where the task needs one.
    private static func squareToken(_ task: AdminOptions.Task) throws -> Secret? {
        guard case .setSquare(let account) = task else { return nil }
        let found: Secret?
        do {
            found = try Secrets.find(
                "SQUARE_ACCESS_TOKEN", orFile: account.tokenFile ?? "", in: Installation.environment)
        } catch {
            throw StartError(error.description)
        }
        guard let found, TextForm.token(1...1_024).admits(found.revealed) else {
            throw StartError("set SQUARE_ACCESS_TOKEN or --token-file: a token of 1 to 1024 letters, digits and signs")
        }
        return found
    }

    private static func perform(
        _ task: AdminOptions.Task, _ token: Secret?, _ store: Store
    ) async throws(StoreError) -> [String] {
        switch task {
        case .listClinics:
            return try await store.clinics.list(context(nil)).map { clinic in
                "\(clinic.id)  \(clinic.isActive ? "active" : "closed")  \(clinic.country)  \(clinic.zone)  \(clinic.name)"
            }
        case .addClinic(let name, let country, let zone):
            guard store.schedules.zones.rules(zone) != nil else {
                return ["there is no zone \(zone); nothing was done"]
            }
            let clinic = try await store.clinics.found(
                name: name, country: country, zone: zone, TenantContext(clinic: .random(), actor: .operator))
            return ["\(clinic.id)"]
        case .listUsers(let clinic):
            var lines: [String] = []
            var place: (name: String, id: UserID)?
            while true {
                let page = try await store.staff.users(after: place, limit: 200, context(clinic))
                lines += page.map { user in
                    "\(user.member.id)  \(user.member.role.rawValue)  \(user.member.isActive ? "active" : "gone")  "
                        + "\(user.authID)  \(user.member.name)"
                }
                guard page.count == 200, let last = page.last else { return lines }
                place = (last.member.name, last.member.id)
            }
        case .addUser(let user):
            guard let role = Role(rawValue: user.role) else { return [] }
            let hired = try await store.staff.hire(
                authID: user.authID, role: role, name: user.name, phone: user.phone.flatMap { PhoneNumber($0) },
                store.vault,
                context(user.clinic))
            return ["\(hired.member.id)"]
        case .dismissUser(let id):
            guard let user = UserID(id) else { return [] }
            var change = StaffStore.Change()
            change.isActive = false
            let clinic = try await store.staff.clinic(of: user, context(nil))
            let changed = try await store.staff.change(
                user, change, mayAcrossClinics: true, store.vault, TenantContext(clinic: clinic, actor: .operator))
            return ["\(changed.user.member.id) is dismissed; tokens so far are revoked"]
        case .setSquare(let account):
            let square = SquareAccount(token: token?.revealed ?? "", locations: account.locations)
            try await store.square.set(square, context(account.clinic))
            return ["the orders of \(account.locations.count) locations are read from now on"]
        case .removeSquare(let clinic):
            try await store.square.remove(context(clinic))
            return ["the clinic's orders are read no more"]
        }
    }

    private static func context(_ clinic: String?) -> TenantContext {
        TenantContext(clinic: clinic.flatMap { ClinicID($0) } ?? DemoData.clinic, actor: .operator)
    }
}
