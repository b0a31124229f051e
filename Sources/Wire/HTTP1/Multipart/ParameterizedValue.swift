/// A field value with parameters (RFC 9110 §5.6.6): `form-data; name="report"; filename="a.pdf"`.
struct ParameterizedValue: Equatable {
    struct Parameter: Equatable {
        /// In small letters.
        let name: String
        let value: String
    }

    /// What stands before the first semicolon, in small letters.
    let value: String
    let parameters: [Parameter]

    /// Nil where the text breaks the grammar, or a parameter stands twice: two readers might take different ones.
    init?(_ text: String) {
        var rest = Array(text.utf8)[...]
        let value = rest.prefix { $0 != UInt8(ascii: ";") && $0 != 0x20 && $0 != 0x09 }
        guard !value.isEmpty, value.allSatisfy({ isTokenByte($0) || $0 == UInt8(ascii: "/") }) else { return nil }
        rest = rest[value.endIndex...]
        self.value = Self.small(value)
        var parameters: [Parameter] = []
        while true {
            rest = rest.drop { $0 == 0x20 || $0 == 0x09 }
            guard let semicolon = rest.popFirst() else { break }
            guard semicolon == UInt8(ascii: ";") else { return nil }
            rest = rest.drop { $0 == 0x20 || $0 == 0x09 }
            // `[ parameter ]`: between semicolons there may be nothing.
            if rest.isEmpty || rest.first == UInt8(ascii: ";") { continue }
            guard let parameter = Self.parameter(&rest), !parameters.contains(where: { $0.name == parameter.name })
            else { return nil }
            parameters.append(parameter)
        }
        self.parameters = parameters
    }

    /// The value of a parameter; its name is given in small letters.
    subscript(_ name: String) -> String? { parameters.first { $0.name == name }?.value }

    private static func parameter(_ rest: inout ArraySlice<UInt8>) -> Parameter? {
        let name = rest.prefix(while: isTokenByte)
        rest = rest[name.endIndex...]
        guard !name.isEmpty, rest.popFirst() == UInt8(ascii: "="), let value = Self.parameterValue(&rest) else {
            return nil
        }
        return Parameter(name: small(name), value: String(decoding: value, as: UTF8.self))
    }

    private static func parameterValue(_ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
        guard rest.first == UInt8(ascii: "\"") else {
            let token = rest.prefix(while: isTokenByte)
            rest = rest[token.endIndex...]
            return token.isEmpty ? nil : Array(token)
        }
        rest.removeFirst()
        var plain: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return plain
            // Browsers write a backslash as it is, so it is one unless it stands before what must be escaped.
            case UInt8(ascii: "\\") where rest.first == UInt8(ascii: "\"") || rest.first == UInt8(ascii: "\\"):
                plain.append(rest.removeFirst())
            default: plain.append(byte)
            }
        }
        return nil
    }

    private static func small(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes.map(lowercased), as: UTF8.self)
    }
}
