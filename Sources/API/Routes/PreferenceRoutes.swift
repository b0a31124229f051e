import Clinic
import Hub
import Store
import Wire

/// What a person wants: which contacts for which urgency, quiet hours, and who stands in.
struct PreferenceRoutes {
    let hub: ClinicHub

    var routes: [Route] {
        [
            Route(.get, "/api/v1/users/{id}/notification-rules") { [self] context throws(Problem) in
                try await rules(context)
            },
            Route(.put, "/api/v1/users/{id}/notification-rules") { [self] context throws(Problem) in
                try await setRules(context)
            },
            Route(.get, "/api/v1/users/{id}/quiet-hours") { [self] context throws(Problem) in
                try await quietHours(context)
            },
            Route(.put, "/api/v1/users/{id}/quiet-hours") { [self] context throws(Problem) in
                try await setQuietHours(context)
            },
            Route(.delete, "/api/v1/users/{id}/quiet-hours") { [self] context throws(Problem) in
                try await clearQuietHours(context)
            },
            Route(.get, "/api/v1/users/{id}/backup") { [self] context throws(Problem) in try await backup(context) },
            Route(.put, "/api/v1/users/{id}/backup") { [self] context throws(Problem) in
                try await setBackup(context)
            },
            Route(.delete, "/api/v1/users/{id}/backup") { [self] context throws(Problem) in
                try await clearBackup(context)
            },
        ]
    }

    // MARK: Rules

    private func rules(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let (principal, user) = try context.staff(to: "see other people's rules")
        do {
            return .rules(try await hub.store.preferences.rules(of: user, context.tenant(principal)))
        } catch {
            throw Problem(error)
        }
    }

    private func setRules(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let (principal, user) = try context.staff(to: "change other people's rules")
        let body = try context.body(allowing: Set(UrgencyLevel.allCases.map(\.rawValue)))
        let rules = try context.fields { () throws(JSONFieldError) in
            var rules = PerUrgency<[NotificationRule]>(all: [])
            for urgency in UrgencyLevel.allCases {
                rules[urgency] = try [NotificationRule](body, urgency)
            }
            return rules
        }
        do {
            try await hub.store.preferences.set(rules, of: user, context.tenant(principal))
        } catch {
            throw Problem(error)
        }
        return .rules(rules)
    }

    // MARK: Quiet hours

    private func quietHours(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let (principal, user) = try context.staff(to: "see other people's quiet hours")
        do {
            return .quietHours(try await hub.store.preferences.quietHours(of: user, context.tenant(principal)))
        } catch {
            throw Problem(error)
        }
    }

    private func setQuietHours(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let (principal, user) = try context.staff(to: "change other people's quiet hours")
        let body = try context.body(allowing: ["zone", "windows"])
        let zones = hub.store.schedules.zones
        let quiet = try context.fields { () throws(JSONFieldError) in
            let zone = try body.parsed("zone", as: "an IANA zone such as Europe/Berlin") { name in
                zones.rules(name).map { _ in name }
            }
            _ = try body.array("windows", maxCount: QuietHours.maximumWindows)
            let windows = try [WeeklyWindow](body, "windows", maxCount: QuietHours.maximumWindows)
            for (index, window) in windows.enumerated() where window.days.isEmpty {
                throw JSONFieldError(
                    field: "windows[\(index)].days", expected: "at least one day", actual: "an empty array")
            }
            return QuietHours(zone: zone, windows: windows)
        }
        do {
            try await hub.store.preferences.set(
                quiet.windows.isEmpty ? nil : quiet, of: user, context.tenant(principal))
        } catch {
            throw Problem(error)
        }
        return .quietHours(quiet.windows.isEmpty ? nil : quiet)
    }

    private func clearQuietHours(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let (principal, user) = try context.staff(to: "change other people's quiet hours")
        do {
            try await hub.store.preferences.set(nil as QuietHours?, of: user, context.tenant(principal))
        } catch {
            throw Problem(error)
        }
        return HTTPResponse(.noContent)
    }

    // MARK: Backup

    private func backup(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let (principal, user) = try context.staff(to: "see other people's backups")
        do {
            return .backup(try await hub.store.preferences.backup(of: user, context.tenant(principal)))
        } catch {
            throw Problem(error)
        }
    }

    private func setBackup(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let (principal, user) = try context.staff(to: "change other people's backups")
        let body = try context.body(allowing: ["backupId"])
        let backup = try context.fields { () throws(JSONFieldError) in
            try body.parsed("backupId", as: "a UUID") { UserID($0) }
        }
        do {
            try await hub.store.preferences.set(backup: backup, of: user, context.tenant(principal))
        } catch {
            throw Problem(error)
        }
        return .backup(backup)
    }

    private func clearBackup(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let (principal, user) = try context.staff(to: "change other people's backups")
        do {
            try await hub.store.preferences.set(backup: nil, of: user, context.tenant(principal))
        } catch {
            throw Problem(error)
        }
        return HTTPResponse(.noContent)
    }
}

extension [NotificationRule] {
    /// The rules of one urgency; none where the member is left out, which leaves it to the policy.
    fileprivate init(_ body: JSONObject, _ urgency: UrgencyLevel) throws(JSONFieldError) {
        self = []
        let name = urgency.rawValue
        guard body[name] != nil else { return }
        let longest = NotificationRule.maximumDelay(of: urgency).components.seconds
        for rule in try body.objects(name, maxCount: NotificationRule.maximumRules) {
            try rule.allowOnly(["contactId", "afterSeconds"])
            let contact = try rule.parsed("contactId", as: "a UUID") { ContactID($0) }
            guard !contains(where: { $0.contact == contact }) else {
                throw JSONFieldError(
                    field: rule.path(of: "contactId"), expected: "a contact named once", actual: "one named twice")
            }
            append(
                NotificationRule(contact: contact, after: .seconds(try rule.integer("afterSeconds", in: 0...longest))))
        }
    }
}

extension HTTPResponse {
    fileprivate static func rules(_ rules: PerUrgency<[NotificationRule]>) -> HTTPResponse {
        var json = JSONWriter()
        json.object { json in
            for urgency in UrgencyLevel.allCases {
                json.field(
                    urgency.rawValue,
                    array: { json in
                        for rule in rules[urgency] {
                            json.object { json in
                                json.field("contactId", rule.contact.description)
                                json.field("afterSeconds", rule.after.components.seconds)
                            }
                        }
                    })
            }
        }
        return .json(.ok, json.bytes)
    }

    fileprivate static func quietHours(_ quiet: QuietHours?) -> HTTPResponse {
        var json = JSONWriter()
        json.object { json in
            json.field("zone", quiet?.zone)
            json.field("windows", array: { json in for window in quiet?.windows ?? [] { window.write(to: &json) } })
        }
        return .json(.ok, json.bytes)
    }

    fileprivate static func backup(_ backup: UserID?) -> HTTPResponse {
        var json = JSONWriter()
        json.object { json in json.field("backupId", backup?.description) }
        return .json(.ok, json.bytes)
    }
}
