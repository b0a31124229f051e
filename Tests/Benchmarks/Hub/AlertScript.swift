import Clinic
import Database
import Hub
import Platform
import Store

/// A pgbench script with the statements of one operation on alerts, word for word: they are read from the hub's own session.
struct AlertScript {
    let text: String

    /// `POST /api/v1/alerts`: a new alert in the clinic of the client's number.
    static func raise(_ hub: BenchHub) throws -> AlertScript {
        AlertScript(
            text: """
                \\set n :client_id % :clinics
                \\set r random(1000000000000000, 8999999999999999)
                \\startpipeline
                \(try raising(hub).joined(separator: ";\n"));
                \\endpipeline

                """)
    }

    /// `GET /api/v1/alerts/:id`: one of the alerts that `BenchDatabase.seedAlerts` has raised, with its audit row.
    static func read(_ hub: BenchHub) throws -> AlertScript {
        AlertScript(
            text: """
                \\set n :client_id % :clinics
                \\set k random(0, \(BenchClinic.alerts - 1))
                \\set r \(BenchClinic.firstAlert) + :n * \(BenchClinic.alerts) + :k
                \\startpipeline
                \(try reading(hub).joined(separator: ";\n"));
                \\endpipeline

                """)
    }

    /// The statements that raise an alert; `:n` is the clinic's number and `:r` the alert's.
    static func raising(_ hub: BenchHub) throws -> [String] {
        let prepared = try prepared(hub, ["raise_alert", "append_event"]) { state in
            let clinic = BenchClinic(0)
            let draft = AlertDraft(patient: clinic.patient, assignedTo: clinic.doctor, urgency: .critical)
            _ = try await state.hub.store.alerts.raise(draft, clinic.context)
        }
        return [
            try context(prepared),
            try filled(
                prepared["raise_alert"],
                [
                    "<clinic>", "<alert>", "<patient>", "<doctor>", "'CRITICAL'", "'\(BenchClinic.room)'",
                    "'\(BenchClinic.reason)'",
                    "<doctor>", "<policy>", "1", "3", "<code>", "1", "1",
                    #"('[{"user":"' || (<doctor>)::text || '","standing":"PAGED"}]')"#, "20000000", "120000000",
                    "<message>",
                    "'PAGE'",
                    "120", "300000000", "300000000", "true", "NULL::text", "NULL::text",
                ]),
            try audit(prepared, "ALERT_CREATED"),
            try filled(
                prepared["append_event"],
                [
                    "<clinic>",  // pgbench would take :new for a variable.
                    "'alert' || chr(58) || 'new'",
                    #"('{"alertId":"' || (<alert>)::text || '","urgencyLevel":"CRITICAL","room":"\#(BenchClinic.room)"}')"#,
                    "<patient>",
                ]),
        ]
    }

    private static func reading(_ hub: BenchHub) throws -> [String] {
        let names = [
            "read_alert", "read_timeline", "read_attempts", "read_sightings", "read_alert_messages",
            "read_people_of_alert",
        ]
        let prepared = try prepared(hub, names + ["insert_audit"]) { state in
            let clinic = BenchClinic(0)
            _ = try await state.hub.store.alerts.detail(clinic.alert(0), clinic.context)
        }
        let reads = try names.map { try filled(prepared[$0], ["<clinic>", "<alert>"]) }
        return [try context(prepared)] + reads + [try audit(prepared, "READ_ALERT")]
    }

    private static func context(_ prepared: [String: String]) throws -> String {
        try filled(prepared["hub_session_context"], ["(<clinic>)::text", "'ADMISSIONS'", "(<user>)::text"])
    }

    private static func audit(_ prepared: [String: String], _ action: String) throws -> String {
        try filled(
            prepared["insert_audit"],
            [
                "<clinic>", "<user>", "'ADMISSIONS'", "'\(action)'", "'alerts'", "<alert>", "'127.0.0.1'", "'session'",
            ])
    }

    /// The statement with expressions in place of its parameters; the ids are made from the client's and a random number.
    private static func filled(_ statement: String?, _ values: [String]) throws -> String {
        guard var text = statement else {
            throw Pgbench.Failure(output: "the hub's session has not prepared a statement")
        }
        guard text.matches(of: /\$([0-9]+)/).compactMap({ Int($0.output.1) }).max() == values.count else {
            throw Pgbench.Failure(
                output: "a statement of the hub has other parameters than the \(values.count) given here")
        }
        let names = [
            ("<clinic>", BenchClinic.sql("1000 + :n")), ("<doctor>", BenchClinic.sql("2000 + :n")),
            ("<user>", BenchClinic.sql("4000 + :n")), ("<patient>", BenchClinic.sql("5000 + :n")),
            ("<policy>", BenchClinic.sql("6000 + :n")), ("<alert>", BenchClinic.sql(":r")),
            ("<message>", "lpad((:r)::text, 32, '1')::uuid"), ("<code>", "(:r)::text"),
        ]
        // From the last, because $1 is the beginning of $10.
        for (index, value) in values.enumerated().reversed() {
            let filled = names.reduce(value) { text, name in replaced(text, name.0, name.1) }
            text = replaced(text, "$\(index + 1)", filled)
        }
        return text
    }

    private static func replaced(_ text: String, _ part: String, _ other: String) -> String {
        var result = ""
        var rest = text[...]
        while let range = rest.firstRange(of: part) {
            result += rest[..<range.lowerBound] + other
            rest = rest[range.upperBound...]
        }
        return result + rest
    }

    /// The texts of the statements that some work has made a session of the hub prepare, by their names.
    private static func prepared(
        _ hub: BenchHub, _ wanted: [String], by work: @escaping @Sendable (ServingLoop) async throws -> Void
    ) throws -> [String: String] {
        let found = try waiting {
            try await hub.loop.run { state in try await state.statements(wanted, preparedBy: work) }
        }
        return found
    }
}

extension ServingLoop {
    private static let prepared = Statement(
        "bench_prepared", "SELECT name, statement FROM pg_prepared_statements WHERE name <> 'bench_prepared'")

    fileprivate func statements(
        _ wanted: [String], preparedBy work: (ServingLoop) async throws -> Void
    ) async throws -> [String: String] {
        var found: [String: String] = [:]
        // The pool has several sessions; asked often enough, the one that has done the work answers.
        for _ in 0..<32 {
            try await work(self)
            for row in try await pool.transaction(nil, [Self.prepared()])[0] {
                found[try row.string("name")] = try row.string("statement")
            }
            if wanted.allSatisfy({ found[$0] != nil }) { break }
        }
        return found
    }
}
