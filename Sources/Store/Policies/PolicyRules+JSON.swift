import Clinic
import Wire

extension EscalationPolicy {
    func writeFloodRules(to json: inout JSONWriter) {
        json.field(
            "dedup",
            object: { json in
                json.names("key", dedup.key)
                json.seconds("windowSeconds", dedup.window)
                json.field("onRepeat", dedup.onRepeat.rawValue)
            })
        json.field(
            "inhibit",
            array: { json in
                for rule in inhibit {
                    json.object { json in
                        json.field("when", rule.when.rawValue)
                        json.names("same", rule.same)
                        json.names("mute", rule.mute)
                    }
                }
            })
        json.field(
            "storm",
            object: { json in
                json.field("perUser", object: { json in storm.perUser.write(to: &json) })
                json.field("perClinic", object: { json in storm.perClinic.write(to: &json) })
            })
        json.field(
            "phoneLimits",
            object: { json in
                json.field(
                    "sms",
                    array: { json in
                        for rate in phoneLimits.sms { json.object { json in rate.write(to: &json) } }
                    })
                json.names("exempt", phoneLimits.exempt)
                json.field("hardCapPerHour", phoneLimits.hardCapPerHour)
            })
    }

    mutating func readFloodRules(_ document: JSONObject) throws(JSONFieldError) {
        if let rules = try document.optionalObject("dedup") {
            dedup.key = try rules.optionalNames("key") ?? dedup.key
            dedup.window = try rules.duration("windowSeconds", or: dedup.window) ?? dedup.window
            dedup.onRepeat = try rules.optionalChoice("onRepeat") ?? dedup.onRepeat
        }
        if document["inhibit"] != nil {
            inhibit = []
            for object in try document.objects("inhibit", maxCount: Self.maximumRules) {
                var rule = InhibitionRule()
                rule.when = try object.choice("when")
                rule.same = try object.optionalNames("same") ?? rule.same
                rule.mute = try object.optionalNames("mute") ?? rule.mute
                inhibit.append(rule)
            }
        }
        if let rules = try document.optionalObject("storm") {
            if let rate = try rules.optionalObject("perUser") { storm.perUser = try Rate(rate) }
            if let rate = try rules.optionalObject("perClinic") { storm.perClinic = try Rate(rate) }
        }
        if let rules = try document.optionalObject("phoneLimits") {
            if rules["sms"] != nil {
                phoneLimits.sms = []
                for rate in try rules.objects("sms", maxCount: Self.maximumRules) {
                    phoneLimits.sms.append(try Rate(rate))
                }
            }
            phoneLimits.exempt = try rules.optionalNames("exempt") ?? phoneLimits.exempt
            phoneLimits.hardCapPerHour =
                try rules.optionalInteger("hardCapPerHour", in: 0...1_000_000).map { Int($0) }
        }
    }

    func writeOperationRules(to json: inout JSONWriter) {
        json.field(
            "gateways",
            object: { json in
                json.field("sms", array: { json in for name in gateways.sms { json.string(name) } })
                json.field("maxAttempts", gateways.maxAttempts)
                if let backoff = gateways.backoff {
                    json.field(
                        "backoffSeconds",
                        array: { json in for wait in backoff { json.integer(wait.components.seconds) } })
                } else {
                    json.field("backoffSeconds", value: .null)
                }
                json.field("jitter", value: gateways.jitter.map { .number($0) } ?? .null)
            })
        json.field(
            "snooze",
            object: { json in
                json.field("maxSeconds", object: { json in snooze.max.write(to: &json) })
                json.field("needsReason", snooze.needsReason)
            })
        json.field(
            "stale",
            object: { json in
                json.seconds("autoCloseSeconds", stale.autoClose)
                json.seconds("reviewQueueSeconds", stale.reviewQueue)
            })
        json.seconds("reopenSeconds", reopen)
        json.field(
            "maintenance",
            object: { json in
                json.names("suppress", maintenance.suppress)
                json.seconds("maxSeconds", maintenance.max)
            })
        json.field("heartbeats", array: { json in for rule in heartbeats { rule.write(to: &json) } })
    }

    mutating func readOperationRules(_ document: JSONObject) throws(JSONFieldError) {
        if let rules = try document.optionalObject("gateways") { try gateways.read(rules) }
        if let rules = try document.optionalObject("snooze") {
            if let times = try rules.optionalObject("maxSeconds") { snooze.max = try PerUrgency(times) }
            snooze.needsReason = try rules.optionalBool("needsReason") ?? snooze.needsReason
        }
        if let rules = try document.optionalObject("stale") {
            stale.autoClose = try rules.duration("autoCloseSeconds", or: stale.autoClose)
            stale.reviewQueue = try rules.duration("reviewQueueSeconds", or: stale.reviewQueue)
        }
        reopen = try document.duration("reopenSeconds", or: reopen) ?? reopen
        if let rules = try document.optionalObject("maintenance") {
            maintenance.suppress = try rules.optionalNames("suppress") ?? maintenance.suppress
            maintenance.max = try rules.duration("maxSeconds", or: maintenance.max) ?? maintenance.max
        }
        if document["heartbeats"] != nil {
            heartbeats = []
            for object in try document.objects("heartbeats", maxCount: Self.maximumRules) {
                heartbeats.append(try HeartbeatRule(object))
            }
        }
    }
}

extension GatewayRules {
    fileprivate mutating func read(_ rules: JSONObject) throws(JSONFieldError) {
        if rules["sms"] != nil { sms = try rules.strings("sms", maxCount: 10, maxLength: 50) }
        maxAttempts = try rules.optionalInteger("maxAttempts", in: 0...1_000_000).map { Int($0) }
        if let waits = try rules.optionalArray("backoffSeconds", maxCount: 20) {
            var backoff: [Duration] = []
            for (index, value) in waits.enumerated() {
                guard case .integer(let seconds) = value, (0...1_000_000_000).contains(seconds) else {
                    throw JSONFieldError(
                        field: rules.path(of: "backoffSeconds[\(index)]"), expected: "integer from 0 to 1000000000",
                        actual: value.typeName)
                }
                backoff.append(.seconds(seconds))
            }
            self.backoff = backoff
        }
        jitter = rules["jitter"] == .null || rules["jitter"] == nil ? nil : try rules.number("jitter")
    }
}

extension HeartbeatRule {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("source", source)
            json.seconds("everySeconds", every)
            json.seconds("graceSeconds", grace)
            json.field("urgency", urgency.rawValue)
            json.field("targets", array: { json in targets.write(to: &json) })
        }
    }

    fileprivate init(_ object: JSONObject) throws(JSONFieldError) {
        self.init(
            source: try object.string("source", maxLength: 100), every: try object.duration("everySeconds"),
            grace: try object.duration("graceSeconds"), urgency: try object.choice("urgency"),
            targets: try [EscalationTarget](object, "targets"))
    }
}

extension Rate {
    fileprivate func write(to json: inout JSONWriter) {
        json.field("count", count)
        json.seconds("windowSeconds", window)
    }

    fileprivate init(_ object: JSONObject) throws(JSONFieldError) {
        self.init(
            count: Int(try object.integer("count", in: 0...1_000_000)), window: try object.duration("windowSeconds"))
    }
}
