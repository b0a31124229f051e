import Clinic
import Hub
import Store
import Wire

/// The group's clinics: their administration, and their counts for the dashboards.
struct ClinicRoutes {
    let hub: ClinicHub

    var routes: [Route] {
        [
            Route(.get, "/api/v1/dashboard/billing-stats") { [self] context throws(Problem) in
                try await billing(context)
            },
            Route(.get, "/api/v1/clinics") { [self] context throws(Problem) in try await list(context) },
            Route(.post, "/api/v1/clinics") { [self] context throws(Problem) in try await found(context) },
            Route(.get, "/api/v1/clinics/aggregate") { [self] context throws(Problem) in try await aggregate(context) },
            Route(.patch, "/api/v1/clinics/{id}") { [self] context throws(Problem) in try await change(context) },
            Route(.get, "/api/v1/clinics/{id}/stats") { [self] context throws(Problem) in try await statistics(context)
            },
        ]
    }

    private func billing(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.readDashboard, to: "read the dashboard")
        do {
            let counts = try await hub.store.clinics.billing(context.tenant(principal))
            var json = JSONWriter()
            json.object { json in counts.write(to: &json) }
            return .json(.ok, json.bytes)
        } catch {
            throw Problem(error)
        }
    }

    // MARK: Counts

    private func statistics(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.readAggregatesAcrossClinics, to: "read the counts of clinics")
        var tenant = context.tenant(principal)
        tenant.clinic = try context.id("id", of: "clinic")
        do {
            let statistics = try await hub.store.clinics.statistics(tenant)
            var json = JSONWriter(capacity: 1_024)
            statistics.write(to: &json)
            return .json(.ok, json.bytes)
        } catch {
            throw Problem(error)
        }
    }

    private func aggregate(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.readAggregatesAcrossClinics, to: "read the counts of clinics")
        do {
            let all = try await hub.store.clinics.aggregate(context.tenant(principal))
            var json = JSONWriter(capacity: 16_384)
            json.object { json in
                json.field("clinics", array: { json in for clinic in all { clinic.write(to: &json) } })
                json.field(
                    "total",
                    object: { json in
                        json.field("clinics", all.count)
                        json.field("patients", all.reduce(0) { $0 + $1.patients.waiting + $1.patients.beingAttended })
                        json.field("openAlerts", all.reduce(0) { $0 + $1.alerts.open })
                        json.field("alertsRaisedToday", all.reduce(0) { $0 + $1.alerts.raisedToday })
                        json.field("formsRequiringReview", all.reduce(0) { $0 + $1.intake.requiringReview })
                        json.field("billing", all.reduce(0) { $0 + $1.billing.total })
                    })
            }
            return .json(.ok, json.bytes)
        } catch {
            throw Problem(error)
        }
    }

    // MARK: Administration

    private func list(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.readClinics, to: "read clinics")
        do {
            let clinics = try await hub.store.clinics.list(context.tenant(principal))
            var json = JSONWriter(capacity: 4_096)
            json.object { json in
                json.field("clinics", array: { json in for clinic in clinics { clinic.write(to: &json) } })
            }
            return .json(.ok, json.bytes)
        } catch {
            throw Problem(error)
        }
    }

    private func found(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.manageClinics, to: "administer clinics")
        let body = try context.body(allowing: ["name", "country", "timezone"])
        let (name, country, zone) = try context.fields { () throws(JSONFieldError) in
            (
                try body.parsed("name", as: Printable.expected(200)) { Printable.text($0, upTo: 200) },
                try body.parsed("country", as: "two capital letters") { Self.country($0) },
                try body.optionalString("timezone", minLength: 1, maxLength: 64) ?? "America/Bogota"
            )
        }
        guard hub.store.schedules.zones.rules(zone) != nil else { throw Self.unknownZone }
        var tenant = context.tenant(principal)
        tenant.clinic = .random()
        do {
            let clinic = try await hub.store.clinics.found(name: name, country: country, zone: zone, tenant)
            var json = JSONWriter()
            clinic.write(to: &json)
            return .json(.created, json.bytes)
        } catch {
            throw Problem(error)
        }
    }

    private func change(_ context: RequestContext) async throws(Problem) -> HTTPResponse {
        let principal = try context.authenticated()
        try principal.require(.manageClinics, to: "administer clinics")
        var tenant = context.tenant(principal)
        tenant.clinic = try context.id("id", of: "clinic")
        let body = try context.body(allowing: ["name", "country", "timezone", "isActive"])
        let change = try context.fields { () throws(JSONFieldError) in
            ClinicStore.Change(
                name: try body.optionalParsed("name", as: Printable.expected(200)) { Printable.text($0, upTo: 200) },
                country: try body.optionalParsed("country", as: "two capital letters") { Self.country($0) },
                zone: try body.optionalString("timezone", minLength: 1, maxLength: 64),
                isActive: try body.optionalBool("isActive"))
        }
        if let zone = change.zone, hub.store.schedules.zones.rules(zone) == nil { throw Self.unknownZone }
        do {
            let clinic = try await hub.store.clinics.change(change, tenant)
            var json = JSONWriter()
            clinic.write(to: &json)
            return .json(.ok, json.bytes)
        } catch {
            throw Problem(error)
        }
    }

    private static let unknownZone = Problem(
        .unprocessableContent, "invalid-field", "The field timezone must be a zone of the IANA database.",
        field: "timezone")

    private static func country(_ text: String) -> String? {
        text.utf8.count == 2 && text.utf8.allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
            ? text : nil
    }
}

extension ClinicStatistics.Alerts {
    /// What nobody has answered.
    fileprivate var open: Int { pending + delivered + escalated }
}

extension ClinicRecord {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("clinicId", id.description)
            json.field("name", name)
            json.field("country", country)
            json.field("timezone", zone)
            json.field("isActive", isActive)
            json.field("createdAt", createdAt.rfc3339)
            json.field("updatedAt", updatedAt.rfc3339)
        }
    }
}

extension BillingCounts {
    /// The members of the object.
    fileprivate func write(to json: inout JSONWriter) {
        json.field("pending", pending)
        json.field("paid", paid)
        json.field("rejected", rejected)
        json.field("total", total)
        json.field("lastSyncedAt", lastSyncedAt?.rfc3339)
    }
}

extension ClinicStatistics {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("clinicId", clinic.id.description)
            json.field("name", clinic.name)
            json.field(
                "patients",
                object: { json in
                    json.field("waiting", patients.waiting)
                    json.field("beingAttended", patients.beingAttended)
                    json.field("discharged", patients.discharged)
                    json.field("total", patients.waiting + patients.beingAttended)
                })
            json.field(
                "alerts",
                object: { json in
                    json.field("pending", alerts.pending)
                    json.field("delivered", alerts.delivered)
                    json.field("escalated", alerts.escalated)
                    json.field("acknowledged", alerts.acknowledged)
                    json.field("raisedToday", alerts.raisedToday)
                })
            json.field(
                "intake",
                object: { json in
                    json.field("processedToday", intake.processedToday)
                    json.field("emergenciesToday", intake.emergenciesToday)
                    json.field("requiringReview", intake.requiringReview)
                })
            json.field("billing", object: { json in billing.write(to: &json) })
            json.field(
                "staff",
                object: { json in
                    json.field("active", staff.active)
                    json.field("doctors", staff.doctors)
                })
        }
    }
}
