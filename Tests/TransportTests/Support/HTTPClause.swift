import Testing
import Wire

/// What a client sends to an HTTP server over a real socket, and what it must be answered: one clause of an RFC.
struct HTTPClause: CustomTestStringConvertible, Sendable {
    /// One answer, as far as the clause says.
    struct Answer: Sendable {
        var status: Int
        var body: String?
        /// Header lines that must be there, and starts of lines that must not.
        var has: [String] = []
        var lacks: [String] = []
        var isToHead = false

        init(
            _ status: Int, body: String? = nil, has: [String] = [], lacks: [String] = [], isToHead: Bool = false
        ) {
            (self.status, self.body, self.has, self.lacks, self.isToHead) = (status, body, has, lacks, isToHead)
        }

        /// An error after which the connection closes.
        static func refusal(_ status: Int, has: [String] = []) -> Answer {
            Answer(status, has: ["Connection: close"] + has)
        }
    }

    let testDescription: String
    let sent: String
    let answers: [Answer]
    /// Whether the server ends the connection behind the last answer.
    let closes: Bool

    /// - Parameter clause: such as `9112 3.2: what it demands`.
    init(_ clause: String, _ sent: String, answers: Answer..., closes: Bool = false) {
        testDescription = clause
        self.sent = sent
        self.answers = answers
        self.closes = closes
    }

    /// A clause whose request is refused, and behind which nothing is served.
    static func refused(_ clause: String, _ sent: String, _ status: Int, has: [String] = []) -> HTTPClause {
        HTTPClause(
            clause, sent + "GET /smuggled HTTP/1.1\r\nHost: t\r\n\r\n", answers: .refusal(status, has: has),
            closes: true)
    }
}

extension HTTPClause {
    /// Says it over a new connection, in pieces of the chopping.
    func check(_ chopping: Chopping) throws {
        let server = try LoopbackServer()
        let peer = try server.connect()
        let bytes = Array(sent.utf8)
        let size =
            switch chopping {
            case .whole: max(1, bytes.count)
            case .byteByByte: 1
            case .inThrees: 3
            }
        for start in stride(from: 0, to: bytes.count, by: size) {
            // The server may have ended the connection before it is told all.
            guard peer.offer(Array(bytes[start..<min(start + size, bytes.count)])) else { break }
        }
        for answer in answers {
            let (head, body) = try peer.response(isAnswerToHead: answer.isToHead)
            #expect(head.hasPrefix("HTTP/1.1 \(answer.status) "), "\(head)")
            if let expected = answer.body { #expect(String(decoding: body, as: UTF8.self) == expected) }
            for line in answer.has { #expect(head.contains("\r\n\(line)\r\n"), "\(line) is not in \(head)") }
            for start in answer.lacks { #expect(!head.contains("\r\n\(start)"), "\(start) is in \(head)") }
        }
        if closes {
            #expect(try peer.isAtEnd())
        } else {
            try peer.get("/alive")
            #expect(try peer.response().body == Array("/alive".utf8))
        }
        #expect(!server.journal.all.contains { $0.contains("smuggled") })
    }
}
