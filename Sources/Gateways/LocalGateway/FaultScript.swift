import Clinic
import Wire

/// How the local gateway is to fail, beyond what the numbers say: rules in order, of which the first that fits a text and
/// is not used up decides.
///
///     {"rules": [{"to": "+1500555", "gateway": "twilio", "behaviour": "rateLimited", "latencyMilliseconds": 200,
///                 "count": 5, "percent": 10}], "seed": 7}
///
/// Every member of a rule may be left out: it fits every number and gateway, behaves as the number says, at once, without
/// end and always. `percent` is drawn from the seed, so a run can be repeated.
package struct FaultScript: Sendable, Equatable {
    /// What a text gets.
    struct Fault: Sendable, Equatable {
        let behaviour: LocalBehaviour?
        let latency: Duration?
    }

    private struct Rule: Sendable, Equatable {
        var to = ""
        var gateway: String?
        var fault: Fault
        var count: Int64?
        var percent: Int64 = 100
    }

    private var rules: [Rule] = []
    private var state: UInt64 = 0

    private static let maximumRules = 100

    package init() {}

    /// nil where a rule is not as described.
    package init?(json bytes: [UInt8]) {
        guard let document = try? JSONReader.readObject(bytes),
            let all = try? document.objects("rules", maxCount: Self.maximumRules),
            (try? document.allowOnly(["rules", "seed"])) != nil
        else { return nil }
        state = UInt64(bitPattern: document["seed"]?.integerValue ?? 0)
        for json in all {
            guard let rule = try? Self.rule(json) else { return nil }
            rules.append(rule)
        }
    }

    private static func rule(_ json: JSONObject) throws(JSONFieldError) -> Rule {
        try json.allowOnly(["to", "gateway", "behaviour", "latencyMilliseconds", "count", "percent"])
        let latency = try json.optionalInteger("latencyMilliseconds", in: 0...600_000)
        let behaviour: LocalBehaviour? = try json.optionalChoice("behaviour")
        var rule = Rule(fault: Fault(behaviour: behaviour, latency: latency.map { .milliseconds($0) }))
        rule.to = try json.optionalString("to", maxLength: 64) ?? ""
        rule.gateway = try json.optionalString("gateway", maxLength: 32)
        rule.count = try json.optionalInteger("count", in: 0...1_000_000)
        rule.percent = try json.optionalInteger("percent", in: 0...100) ?? 100
        return rule
    }

    /// What a text to this address through this vendor gets; nil where no rule fits.
    mutating func next(for address: String, dialect: String) -> Fault? {
        for index in rules.indices {
            let rule = rules[index]
            guard address.hasPrefix(rule.to), rule.gateway ?? dialect == dialect, rule.count != 0,
                rule.percent == 100 || Int64(draw() % 100) < rule.percent
            else { continue }
            if let count = rule.count { rules[index].count = count - 1 }
            return rule.fault
        }
        return nil
    }

    /// SplitMix64.
    private mutating func draw() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }

    /// The rules as they stand, with what is left of their counts.
    var json: [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.field(
                "rules",
                array: { json in
                    for rule in rules {
                        json.object { json in
                            json.field("to", rule.to)
                            json.field("gateway", rule.gateway)
                            json.field("behaviour", rule.fault.behaviour?.rawValue)
                            json.field(
                                "latencyMilliseconds", rule.fault.latency.map { $0.saturatedMicroseconds / 1_000 })
                            json.field("count", rule.count)
                            json.field("percent", rule.percent)
                        }
                    }
                })
        }
        return json.bytes
    }
}
