/// How urgent an alert is; the four values of the `alerts.urgency_level` column, ordered from low to critical.
package enum UrgencyLevel: String, CaseIterable, Hashable, Sendable, Comparable {
    case low = "LOW"
    case moderate = "MODERATE"
    case urgent = "URGENT"
    case critical = "CRITICAL"

    /// 0 for low to 3 for critical; what PostgreSQL sorts by.
    package var rank: Int {
        switch self {
        case .low: 0
        case .moderate: 1
        case .urgent: 2
        case .critical: 3
        }
    }

    package static func < (left: Self, right: Self) -> Bool {
        left.rank < right.rank
    }
}

/// One value for each urgency, so that none can be forgotten.
package struct PerUrgency<Value> {
    package var low: Value
    package var moderate: Value
    package var urgent: Value
    package var critical: Value

    package init(low: Value, moderate: Value, urgent: Value, critical: Value) {
        self.low = low
        self.moderate = moderate
        self.urgent = urgent
        self.critical = critical
    }

    /// The same value for every urgency.
    package init(all value: Value) {
        self.init(low: value, moderate: value, urgent: value, critical: value)
    }

    package subscript(urgency: UrgencyLevel) -> Value {
        get {
            switch urgency {
            case .low: low
            case .moderate: moderate
            case .urgent: urgent
            case .critical: critical
            }
        }
        set {
            switch urgency {
            case .low: low = newValue
            case .moderate: moderate = newValue
            case .urgent: urgent = newValue
            case .critical: critical = newValue
            }
        }
    }
}

extension PerUrgency: Sendable where Value: Sendable {}
extension PerUrgency: Equatable where Value: Equatable {}
