package import Clinic
package import Wire

extension ScheduleDefinition {
    /// Writes the definition's members into the object that is open.
    package func writeFields(to json: inout JSONWriter) {
        json.field("name", name)
        json.field("zone", zone)
        json.field("layers", array: { json in for layer in layers { layer.write(to: &json) } })
    }

    /// Reads an object with these members. Types only: what the values may be is `problems(isZone:)`'s to say.
    package init(_ object: JSONObject) throws(JSONFieldError) {
        var layers: [DutyLayer] = []
        for layer in try object.objects("layers", maxCount: 1_000) { layers.append(try DutyLayer(layer)) }
        self.init(
            name: try object.string("name", maxLength: 1_000), zone: try object.string("zone", maxLength: 100),
            layers: layers)
    }
}

extension DutyLayer {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("name", name)
            json.field("people", array: { json in for person in people { json.string(person.description) } })
            json.field(
                "shift",
                object: { json in
                    json.field("every", shift.unit.rawValue)
                    json.field("count", shift.count)
                })
            json.field("startsOn", startsOn.description)
            json.field("handOver", handOver.description)
            json.field("endsOn", endsOn?.description)
            json.field("windows", array: { json in for window in windows { window.write(to: &json) } })
        }
    }

    fileprivate init(_ object: JSONObject) throws(JSONFieldError) {
        try object.allowOnly(["name", "people", "shift", "startsOn", "handOver", "endsOn", "windows"])
        let shift = try object.object("shift")
        try shift.allowOnly(["every", "count"])
        var people: [UserID] = []
        for (index, text) in try object.strings("people", maxCount: 1_000, maxLength: 64).enumerated() {
            guard let person = UserID(text) else {
                throw JSONFieldError(
                    field: object.path(of: "people[\(index)]"), expected: "a UUID", actual: "another text")
            }
            people.append(person)
        }
        self.init(
            name: try object.string("name", maxLength: 1_000), people: people,
            shift: ShiftLength(
                every: try shift.choice("every"), count: Int(try shift.integer("count", in: -100_000...100_000))),
            startsOn: try object.parsed("startsOn", as: "a date such as 2026-11-20") { CalendarDate($0) },
            handOver: try object.parsed("handOver", as: "a time such as 08:00") { ClockTime($0) },
            endsOn: try object.optionalParsed("endsOn", as: "a date such as 2026-11-20") { CalendarDate($0) },
            windows: try [WeeklyWindow](object, "windows", maxCount: 100))
    }
}

extension WeeklyWindow {
    /// `{"days":["MON","TUE"],"from":"22:00","to":"06:00"}`.
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field(
                "days",
                array: { json in for day in Weekday.allCases where days.contains(day) { json.string(day.rawValue) } })
            json.field("from", from.description)
            json.field("to", to.description)
        }
    }

    fileprivate init(_ object: JSONObject) throws(JSONFieldError) {
        try object.allowOnly(["days", "from", "to"])
        var days: Set<Weekday> = []
        for (index, text) in try object.strings("days", maxCount: 7, maxLength: 3).enumerated() {
            guard let day = Weekday(rawValue: text) else {
                let words = Weekday.allCases.map(\.rawValue).joined(separator: ", ")
                throw JSONFieldError(
                    field: object.path(of: "days[\(index)]"), expected: "one of \(words)", actual: "another text")
            }
            days.insert(day)
        }
        self.init(
            days: days, from: try object.parsed("from", as: "a time such as 08:00") { ClockTime($0) },
            to: try object.parsed("to", as: "a time such as 08:00") { ClockTime($0) })
    }
}

extension [WeeklyWindow] {
    /// The windows of a member; none where it is left out.
    package init(_ object: JSONObject, _ name: String, maxCount: Int) throws(JSONFieldError) {
        self = []
        guard object[name] != nil else { return }
        for window in try object.objects(name, maxCount: maxCount) { append(try WeeklyWindow(window)) }
    }
}
