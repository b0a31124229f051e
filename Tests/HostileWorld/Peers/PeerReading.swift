import Wire

/// What a peer has been told, taken apart as it comes: responses, and frames behind a 101.
final class PeerReading {
    enum Item: Equatable {
        case response(UInt16)
        case text([UInt8])
        case binary([UInt8])
        case pong([UInt8])
        case close(UInt16)
        /// Neither HTTP nor WebSocket; nothing after it is read.
        case garbage(String)

        var isPong: Bool { if case .pong = self { true } else { false } }
    }

    private(set) var items: [Item] = []
    /// The `seq` that a message named last.
    private(set) var newestSeq: Int64?
    /// Whether the requests sent are HEAD, in their order.
    var headRequests: [Bool] = []
    private var parser = HTTPResponseParser(limits: HTTPLimits(maximumBodyBytes: 1 << 20))
    private var reader: MessageReader?

    func take(_ bytes: [UInt8]) {
        if case .garbage = items.last { return }
        var rest = bytes[...]
        while reader == nil, !rest.isEmpty {
            parser.isAnswerToHead = headRequests.first ?? false
            do throws(HTTPParseError) {
                let step = try parser.parse(rest)
                rest = rest.dropFirst(step.consumed)
                guard case .response(let response) = step.event else { return }
                note(response)
            } catch {
                return items.append(.garbage("\(error)"))
            }
        }
        if !rest.isEmpty { hear(Array(rest)) }
    }

    private func note(_ response: HTTPResponse) {
        items.append(.response(response.status.rawValue))
        if !headRequests.isEmpty { headRequests.removeFirst() }
        guard response.status == .switchingProtocols else { return }
        reader = MessageReader(role: .client, limits: .init(messageBytes: 1 << 24, fragments: 1))
    }

    private func note(text: [UInt8]) {
        items.append(.text(text))
        if let message = try? JSONReader.readObject(text), case .integer(let seq)? = message["seq"] { newestSeq = seq }
    }

    private func hear(_ bytes: [UInt8]) {
        var buffer = bytes
        var span = buffer.mutableSpan
        var unread = 0..<bytes.count
        while let event = reader?.next(in: &span, unread: &unread) {
            switch event {
            case .text(let payload): note(text: payload.bytes(in: span.span))
            case .binary(let payload): items.append(.binary(payload.bytes(in: span.span)))
            case .ping: break
            case .pong(let payload): items.append(.pong(payload.bytes(in: span.span)))
            case .close(let code, _): items.append(.close(code.rawValue))
            case .violation(let violation): items.append(.garbage("\(violation)"))
            case .compressed: items.append(.garbage("compressed"))
            }
        }
    }
}
