/// Writes requests: the client side of the drill and the tests.
package enum HTTPRequestEncoder {
    /// The bytes of a request. `Host`, and `Content-Length` where there is a body or the method wants one, are written
    /// from the arguments and left out of `fields`. Bytes of `target` that cannot stand in a request line are escaped.
    package static func encode(
        _ method: HTTPMethod, _ target: String, host: String, fields: HTTPFields = HTTPFields(), body: [UInt8] = []
    ) -> [UInt8] {
        var bytes = Array("\(method.rawValue) ".utf8)
        for byte in target.utf8 {
            if byte > 0x20, byte < 0x7F {
                bytes.append(byte)
            } else {
                PercentCoding.encode(byte, into: &bytes)
            }
        }
        bytes.append(contentsOf: " HTTP/1.1\r\n".utf8)
        var all: HTTPFields = ["Host": host]
        for field in fields.lines
        where !["Host", "Content-Length"].contains(where: { equalsIgnoringCase($0, field.name) }) {
            all.append(checked: field.name, field.value)
        }
        if !body.isEmpty || [.post, .put, .patch].contains(method) { all.append("Content-Length", String(body.count)) }
        for field in all.lines { bytes.append(contentsOf: "\(field.name): \(field.value)\r\n".utf8) }
        bytes.append(contentsOf: "\r\n".utf8)
        bytes.append(contentsOf: body)
        return bytes
    }
}
