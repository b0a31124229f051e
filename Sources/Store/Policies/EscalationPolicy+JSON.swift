package import Clinic
package import Wire

extension EscalationPolicy {
    /// Writes the policy's document: its properties under their names, without id and version, which are columns.
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("name", name)
            json.field("timezone", timezone)
            json.field("urgencies", object: { json in urgencies.write(to: &json) { $0.write(to: &$1) } })
            json.field("steps", array: { json in for step in steps { step.write(to: &json) } })
            json.field(
                "loops",
                object: { json in for urgency in UrgencyLevel.allCases { json.field(urgency.rawValue, loops[urgency]) }
                })
            json.names("advanceNowOn", advanceNowOn.sorted())
            json.field("afterAccept", object: { json in afterAccept.write(to: &json) })
            json.field(
                "onExhausted",
                object: { json in
                    json.field("targets", array: { json in onExhausted.targets.write(to: &json) })
                    json.seconds("repeatEverySeconds", onExhausted.repeatEvery)
                })
            writeFloodRules(to: &json)
            writeOperationRules(to: &json)
        }
    }

    /// Reads a document as `write` makes it; a section or field that is left out has its standard value. Types only:
    /// what the values may be is `problems()`'s to say, and what is not known is passed over.
    package init(id: PolicyID, version: Int, document: JSONObject) throws(JSONFieldError) {
        var steps: [EscalationStep] = []
        for step in try document.objects("steps", maxCount: Self.maximumSteps) {
            steps.append(try EscalationStep(step))
        }
        let counts = try document.object("loops")
        var loops = PerUrgency(all: 0)
        for urgency in UrgencyLevel.allCases {
            loops[urgency] = Int(try counts.integer(urgency.rawValue, in: -1...1_000_000))
        }
        self.init(
            id: id, version: version, name: try document.string("name", maxLength: 100), steps: steps, loops: loops)
        timezone = try document.optionalString("timezone", maxLength: 100) ?? timezone
        if let rules = try document.optionalObject("urgencies") { try urgencies.read(rules) }
        if let names = try document.optionalNames("advanceNowOn", of: AdvanceTrigger.self) { advanceNowOn = Set(names) }
        if let rules = try document.optionalObject("afterAccept") { try afterAccept.read(rules) }
        if let rules = try document.optionalObject("onExhausted") {
            onExhausted.targets = try [EscalationTarget](rules, "targets")
            onExhausted.repeatEvery = try rules.duration("repeatEverySeconds")
        }
        try readFloodRules(document)
        try readOperationRules(document)
    }
}

extension EscalationStep {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("targets", array: { json in targets.write(to: &json) })
            json.field("waitSeconds", object: { json in wait.write(to: &json) })
            json.field("userRules", userRules.rawValue)
            json.field("skipIfEmpty", skipIfEmpty)
        }
    }

    fileprivate init(_ object: JSONObject) throws(JSONFieldError) {
        self.init(
            targets: try [EscalationTarget](object, "targets"),
            wait: try PerUrgency(try object.object("waitSeconds")))
        userRules = try object.optionalChoice("userRules") ?? userRules
        skipIfEmpty = try object.optionalBool("skipIfEmpty") ?? skipIfEmpty
    }
}

extension UrgencyRules {
    fileprivate func write(to json: inout JSONWriter) {
        json.names("channels", channels)
        json.names("then", then)
        json.seconds("thenAfterSeconds", thenAfter)
        json.field("quietHours", quietHours.rawValue)
        json.seconds("maxDeferSeconds", maxDefer)
        json.seconds("bundleSeconds", bundle)
        json.seconds("receiptTimeoutSeconds", receiptTimeout)
        json.field("ambiguousSend", ambiguousSend.rawValue)
        json.seconds("smsValiditySeconds", smsValidity)
        json.seconds("repeatStepSeconds", repeatStep)
    }

    fileprivate mutating func read(_ object: JSONObject) throws(JSONFieldError) {
        channels = try object.optionalNames("channels") ?? channels
        then = try object.optionalNames("then") ?? then
        thenAfter = try object.duration("thenAfterSeconds", or: thenAfter)
        quietHours = try object.optionalChoice("quietHours") ?? quietHours
        maxDefer = try object.duration("maxDeferSeconds", or: maxDefer)
        bundle = try object.duration("bundleSeconds", or: bundle)
        receiptTimeout = try object.duration("receiptTimeoutSeconds", or: receiptTimeout)
        ambiguousSend = try object.optionalChoice("ambiguousSend") ?? ambiguousSend
        smsValidity = try object.duration("smsValiditySeconds", or: smsValidity)
        repeatStep = try object.duration("repeatStepSeconds", or: repeatStep)
    }
}

extension PerUrgency<UrgencyRules> {
    fileprivate func write(to json: inout JSONWriter, _ write: (UrgencyRules, inout JSONWriter) -> Void) {
        for urgency in UrgencyLevel.allCases {
            json.field(urgency.rawValue, object: { json in write(self[urgency], &json) })
        }
    }

    fileprivate mutating func read(_ object: JSONObject) throws(JSONFieldError) {
        for urgency in UrgencyLevel.allCases {
            if let rules = try object.optionalObject(urgency.rawValue) { try self[urgency].read(rules) }
        }
    }
}

extension AfterAcceptRules {
    fileprivate func write(to json: inout JSONWriter) {
        json.field("remindSeconds", object: { json in remind.write(to: &json) })
        json.field("unacceptSeconds", object: { json in unaccept.write(to: &json) })
        json.field("resume", resume.rawValue)
        json.field("handoffAllowed", handoffAllowed)
    }

    fileprivate mutating func read(_ object: JSONObject) throws(JSONFieldError) {
        if let times = try object.optionalObject("remindSeconds") { remind = try PerUrgency(times) }
        if let times = try object.optionalObject("unacceptSeconds") { unaccept = try PerUrgency(times) }
        resume = try object.optionalChoice("resume") ?? resume
        handoffAllowed = try object.optionalBool("handoffAllowed") ?? handoffAllowed
    }
}
