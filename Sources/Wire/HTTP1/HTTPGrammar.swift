/// True for a character of a token: a method, a field name, a list word (RFC 9110 §5.6.2).
func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
    case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"),
        UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
        true
    default: false
    }
}

/// True for a text that is a token.
func isToken(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy(isTokenByte)
}

/// True for the bytes that no field value may hold: all controls but the tab.
func isControl(_ byte: UInt8) -> Bool {
    byte < 0x20 && byte != 0x09 || byte == 0x7F
}

/// True for a character that stands for itself in a path (RFC 3986 §3.3), the slash included, the percent sign not.
func isPathByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
    case UInt8(ascii: "/"), UInt8(ascii: ":"), UInt8(ascii: "@"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "!"), UInt8(ascii: "$"), UInt8(ascii: "&"),
        UInt8(ascii: "'"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "*"), UInt8(ascii: "+"),
        UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "="):
        true
    default: false
    }
}

/// Checks and adds one header or trailer line, without its line end (RFC 9112 §5).
func appendFieldLine(_ line: Span<UInt8>, to fields: inout HTTPFields) throws(HTTPParseError) {
    guard line.count > 0 else { throw .malformedFieldLine }
    if line[0] == 0x20 || line[0] == 0x09 { throw .obsoleteLineFolding }
    var colon = 0
    while colon < line.count, isTokenByte(line[colon]) { colon += 1 }
    guard colon < line.count else { throw .malformedFieldLine }
    if colon > 0, line[colon] == 0x20 || line[colon] == 0x09 { throw .whitespaceBeforeColon }
    guard colon > 0, line[colon] == UInt8(ascii: ":") else { throw .malformedFieldLine }

    var start = colon + 1
    var end = line.count
    while start < end, line[start] == 0x20 || line[start] == 0x09 { start += 1 }
    while end > start, line[end - 1] == 0x20 || line[end - 1] == 0x09 { end -= 1 }
    for index in start..<end where isControl(line[index]) { throw .controlCharacter }
    fields.append(checked: text(line.extracting(0..<colon)), text(line.extracting(start..<end)))
}

/// The bytes as text; where they are not UTF-8 they are repaired (RFC 9110 §5.5: opaque data).
func text(_ bytes: Span<UInt8>) -> String {
    if let text = try? UTF8Span(validating: bytes) { return String(copying: text) }
    var copy: [UInt8] = []
    copy.append(copying: bytes)
    return String(decoding: copy, as: UTF8.self)
}
