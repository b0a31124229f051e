import COpenSSL
import Platform

/// What OpenSSL reads and writes instead of a socket: one loop's buffers of sealed bytes, shared by all its connections.
///
/// So an idle connection owns no buffer, a read costs one system call whatever number of records it brings, and what
/// OpenSSL writes never blocks: the connection sends it, and queues what the socket does not take. Between two calls on
/// a connection both buffers are empty. Loop-confined.
@safe final class TLSWire {
    /// Sealed bytes taken by one read. What they open to fits the loop's 64 KiB buffer, even behind an unfinished record.
    private static let readBytes = 32 << 10
    /// OpenSSL's marks of a source and sink of our own.
    private static let kind = 0x0400 | 0xC8

    private let input = ReadBuffer(capacity: TLSWire.readBytes)
    private var unread = 0..<0
    /// What the connection at work has to send.
    private(set) var output: [UInt8] = []
    /// The bytes of several frames that go in one record.
    let record = ReadBuffer(capacity: TLSWire.recordBytes)
    private let method: OpaquePointer

    /// The most that one record carries (RFC 8446 §5.1).
    static let recordBytes = 16 << 10

    /// - Throws: where memory is out.
    init() throws(TLSError) {
        guard let method = unsafe BIO_meth_new(CInt(Self.kind), "alert-hub wire") else {
            throw .refused("out of memory")
        }
        unsafe self.method = unsafe method
        unsafe BIO_meth_set_read(method, Self.read)
        unsafe BIO_meth_set_write(method, Self.write)
        unsafe BIO_meth_set_ctrl(method, Self.control)
        output.reserveCapacity(Self.readBytes)
    }

    deinit { unsafe BIO_meth_free(method) }

    /// A connection's end of this wire, which its `SSL` takes over; the connection holds this object as long.
    func makeEnd() -> OpaquePointer? {
        guard let end = unsafe BIO_new(method) else { return nil }
        unsafe BIO_set_data(end, Unmanaged.passUnretained(self).toOpaque())
        unsafe BIO_set_init(end, 1)
        return unsafe end
    }

    /// Receives sealed bytes for OpenSSL to read; the second value says whether the socket had no more.
    func receive(from descriptor: CInt) -> (ReceiveResult, isLast: Bool) {
        let result = input.receive(from: descriptor)
        guard case .bytes(let count) = result else { return (result, true) }
        unread = 0..<count
        return (result, count < input.capacity)
    }

    /// Forgets what was not read: the connection has ended.
    func dropInput() { unread = 0..<0 }

    /// Forgets what was sent or queued; the memory stays.
    func clearOutput() { output.removeAll(keepingCapacity: true) }

    // MARK: OpenSSL's calls

    private static func wire(of end: OpaquePointer?) -> TLSWire? {
        guard let end = unsafe end, let owner = unsafe BIO_get_data(end) else { return nil }
        return unsafe Unmanaged<TLSWire>.fromOpaque(owner).takeUnretainedValue()
    }

    private static let read: @convention(c) (OpaquePointer?, UnsafeMutablePointer<CChar>?, CInt) -> CInt = {
        end, target, length in
        guard let wire = unsafe wire(of: end), let target = unsafe target, length > 0 else { return -1 }
        unsafe hub_bio_clear_retry(end)
        let count = min(wire.unread.count, Int(length))
        guard count > 0 else {
            unsafe hub_bio_set_retry_read(end)
            return -1
        }
        let taken = wire.unread.lowerBound..<wire.unread.lowerBound + count
        unsafe UnsafeMutableRawPointer(target).copyMemory(
            from: UnsafeRawBufferPointer(rebasing: wire.input.bytes[taken]).baseAddress ?? UnsafeRawPointer(target),
            byteCount: count)
        wire.unread = taken.upperBound..<wire.unread.upperBound
        return CInt(count)
    }

    private static let write: @convention(c) (OpaquePointer?, UnsafePointer<CChar>?, CInt) -> CInt = {
        end, source, length in
        guard let wire = unsafe wire(of: end), let source = unsafe source, length > 0 else { return 0 }
        unsafe hub_bio_clear_retry(end)
        unsafe wire.output.append(contentsOf: UnsafeRawBufferPointer(start: source, count: Int(length)))
        return length
    }

    private static let control: @convention(c) (OpaquePointer?, CInt, Int, UnsafeMutableRawPointer?) -> Int = {
        _, command, _, _ in
        command == BIO_CTRL_FLUSH ? 1 : 0
    }
}
