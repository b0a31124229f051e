/// A value that identifies a patient, wrapped so that it cannot leave by accident.
///
/// It does not print, reflect, interpolate, compare its text into a log, or encode: `String(describing:)`, `dump` and
/// `Mirror` see a placeholder, and `"\(name)"` does not compile. The one way out is `disclosed(to:)`; a search for
/// that name lists every place where patient data leaves the domain.
package struct PHI<Value> {
    private let value: Value

    package init(_ value: Value) {
        self.value = value
    }

    /// The value itself, for the audience named. Whoever calls writes the audit row that this audience asks for.
    package func disclosed(to audience: PHIAudience) -> Value {
        value
    }

    /// The same protection around a value made of this one, such as the bytes of a text.
    package func map<Other, Failure: Error>(_ transform: (Value) throws(Failure) -> Other) throws(Failure) -> PHI<Other>
    {
        try PHI<Other>(transform(value))
    }
}

/// Who is shown a patient's data, and so what has to be audited.
package enum PHIAudience: Hashable, Sendable {
    /// The authenticated screens that are subscribed to the clinic's own channel.
    case clinicScreens
    /// The answer to one authenticated member of staff; the read is an audit row.
    case staff(UserID)
    /// The cipher that seals a column; the value does not leave the process readable.
    case sealing
}

extension PHI: Sendable where Value: Sendable {}
extension PHI: Equatable where Value: Equatable {}

extension PHI: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The placeholder; never the value.
    package var description: String { "[PHI]" }
    /// The placeholder; never the value.
    package var debugDescription: String { "[PHI]" }
    /// A mirror without children.
    package var customMirror: Mirror { Mirror(self, children: EmptyCollection()) }
}

extension DefaultStringInterpolation {
    /// Interpolating patient data is a compile error, since warnings are; if it ran, it would write the placeholder.
    ///
    /// Deprecated rather than unavailable: the compiler passes over an unavailable overload in favour of the generic.
    @available(*, deprecated, message: "patient data leaves through disclosed(to:) only")
    package mutating func appendInterpolation<Value>(_ value: PHI<Value>) { appendLiteral(value.description) }
}
