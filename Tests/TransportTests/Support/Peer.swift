import Glibc
import Platform
import Testing
import Wire

/// A client's end of a connection, blocking, with 10 s for every wait.
class Peer {
    struct Failure: Error {
        let what: String
    }

    final let number: CInt
    private var unread: [UInt8] = []
    private var isClosed = false

    init(port: UInt16, receiveBuffer: CInt? = nil) throws {
        number = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        guard number >= 0 else { throw Failure(what: "socket") }
        if let receiveBuffer { _ = Socket.setOption(number, SOL_SOCKET, SO_RCVBUF, receiveBuffer) }
        _ = Socket.setOption(number, CInt(IPPROTO_TCP), TCP_NODELAY, 1)
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(number, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 || finishesAfterSignal() else { throw Failure(what: "connect: \(errno)") }
    }

    /// Whether a connect that a signal interrupted ends well: the kernel goes on with it, and it must not be asked again.
    private func finishesAfterSignal() -> Bool {
        guard errno == EINTR else { return false }
        var wait = pollfd(fd: number, events: Int16(POLLOUT), revents: 0)
        while poll(&wait, 1, 10_000) < 0 { guard errno == EINTR else { return false } }
        return wait.revents != 0 && Socket.error(of: number) == nil
    }

    deinit { close() }

    func close() {
        if !isClosed { _ = Glibc.close(number) }
        isClosed = true
    }

    /// Closes with a reset instead of a FIN.
    func reset() {
        var now = linger(l_onoff: 1, l_linger: 0)
        setsockopt(number, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    /// Opens the window of a peer that began with a small one. Through one of 4 KiB, the kernel's whole send buffer
    /// would come at the pace of its window probes: minutes.
    func widen() { _ = Socket.setOption(number, SOL_SOCKET, SO_RCVBUF, 4 << 20) }

    func finishSending() { _ = shutdown(number, CInt(SHUT_WR)) }

    // MARK: Bytes

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws { try write(bytes) }

    /// Sends bytes as they are.
    final func write(_ bytes: [UInt8]) throws {
        var offset = 0
        while offset < bytes.count {
            let count = bytes[offset...].withUnsafeBytes {
                Glibc.send(number, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
            }
            // Another test's signal may come in between; with a time limit set on the socket the kernel does not go on by itself.
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Failure(what: "send: \(errno)") }
            offset += count
        }
    }

    /// Sends what the connection still takes; false once it is closed.
    func offer(_ bytes: [UInt8]) -> Bool { (try? send(bytes)) != nil }

    /// More bytes; empty at the end.
    func receive(atMost limit: Int = 65_536) throws -> [UInt8] {
        if !unread.isEmpty {
            defer { unread = [] }
            return unread
        }
        return try read(atMost: limit)
    }

    /// More bytes of the connection, as the protocol under test reads them; empty at the end.
    func read(atMost limit: Int) throws -> [UInt8] { try readRaw(atMost: limit) }

    /// More bytes as they come from the socket; empty at the end.
    final func readRaw(atMost limit: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: limit)
        var count = recv(number, &bytes, limit, 0)
        while count < 0, errno == EINTR { count = recv(number, &bytes, limit, 0) }
        guard count >= 0 else { throw Failure(what: "recv: \(errno)") }
        return Array(bytes.prefix(count))
    }

    /// Everything up to the end; a reset ends it too.
    func receiveAll() throws -> [UInt8] {
        var all: [UInt8] = []
        while true {
            do {
                let more = try receive()
                if more.isEmpty { return all }
                all += more
            } catch let failure as Failure {
                guard failure.what == "recv: \(ECONNRESET)" else { throw failure }
                return all
            }
        }
    }

    func text() throws -> String { String(decoding: try receiveAll(), as: UTF8.self) }

    // MARK: HTTP

    func get(_ target: String, fields: String = "") throws {
        try send("GET \(target) HTTP/1.1\r\nHost: test\r\n\(fields)\r\n")
    }

    /// The next response; `isAnswerToHead`: without body.
    func response(isAnswerToHead: Bool = false) throws -> (head: String, body: [UInt8]) {
        var bytes: [UInt8] = []
        var headEnd: Int?
        while headEnd == nil {
            let more = try receive()
            if more.isEmpty { throw Failure(what: "closed within \(String(decoding: bytes, as: UTF8.self))") }
            bytes += more
            headEnd = firstBlankLine(bytes)
        }
        let end = try #require(headEnd)
        let head = String(decoding: bytes[..<end], as: UTF8.self)
        var length = 0
        for line in head.split(separator: "\r\n") where line.lowercased().hasPrefix("content-length:") {
            length = Int(line.drop { $0 != ":" }.dropFirst().drop { $0 == " " }) ?? 0
        }
        if isAnswerToHead { length = 0 }
        while bytes.count < end + length {
            let more = try receive(atMost: 1 << 20)
            if more.isEmpty { throw Failure(what: "closed within the body") }
            bytes += more
        }
        unread = Array(bytes[(end + length)...])
        return (head, Array(bytes[end..<end + length]))
    }

    private func firstBlankLine(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        for index in 0...(bytes.count - 4) where bytes[index..<index + 4].elementsEqual([13, 10, 13, 10]) {
            return index + 4
        }
        return nil
    }

    /// Whether the other side has finished, and there is nothing more to read.
    func isAtEnd() throws -> Bool { try receiveAll().isEmpty }

    // MARK: WebSocket

    static let handshakeFields = """
        Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n
        """

    /// Opens a WebSocket on `target`.
    func upgrade(_ target: String = "/ws", fields: String = "") throws {
        try get(target, fields: Self.handshakeFields + fields)
        let (head, _) = try response()
        try #require(head.hasPrefix("HTTP/1.1 101 "), "\(head)")
        #expect(head.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"))
    }

    static let key = MaskKey(0x12, 0x34, 0x56, 0x78)

    func send(_ opcode: Opcode, _ payload: [UInt8], isFinal: Bool = true) throws {
        try send(FrameEncoder.maskedFrame(opcode, payload, key: Self.key, isFinal: isFinal))
    }

    func sendClose(_ code: CloseCode) throws { try send(.close, FrameEncoder.closePayload(code)) }

    /// A frame of the server, which sends each message in one.
    struct Frame: Equatable {
        let opcode: Opcode
        let payload: [UInt8]
        var isCompressed = false

        static func close(_ code: CloseCode, reason: String = "") -> Frame {
            Frame(opcode: .close, payload: FrameEncoder.closePayload(code, reason: reason))
        }
        static func text(_ text: String) -> Frame { Frame(opcode: .text, payload: Array(text.utf8)) }
    }

    /// The next frame; nil at the end.
    func frame() throws -> Frame? {
        var bytes: [UInt8] = []
        while true {
            if let header = try FrameHeader.parse(bytes.span, readBy: .client, allowsCompression: true) {
                let end = header.encodedLength + Int(header.payloadLength)
                if bytes.count >= end {
                    unread = Array(bytes[end...])
                    return Frame(
                        opcode: header.opcode, payload: Array(bytes[header.encodedLength..<end]),
                        isCompressed: header.isCompressed)
                }
            }
            let more = try receive(atMost: 1 << 20)
            if more.isEmpty {
                #expect(bytes.isEmpty, "closed within a frame")
                return nil
            }
            bytes += more
        }
    }
}
