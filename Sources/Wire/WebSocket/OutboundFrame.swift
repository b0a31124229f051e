import Synchronization

/// Bytes on their way out, encoded once and never changed: one object for all peers that are sent them.
///
/// A socket is given the bytes; where it does not take them all, its queue holds a reference to this, never a copy. For
/// peers with compression there is a second form of it, made when the first of them is sent it and shared by all.
package final class OutboundFrame: Sendable {
    /// Header and payload, as they go on the wire of a server.
    package let bytes: [UInt8]
    /// The owner's mark, by which it finds frames that wait in a slow peer's queue, as to replace a patient's status by a
    /// newer one. 0: no mark.
    package let mark: UInt64
    private let full = AtomicLazyReference<CompressedForm>()
    private let small = AtomicLazyReference<CompressedForm>()

    /// Below this compression gains nothing worth its time.
    private static let leastBytesToCompress = 64

    /// Takes bytes that are complete already.
    package init(encoded bytes: [UInt8], mark: UInt64 = 0) {
        self.bytes = bytes
        self.mark = mark
    }

    /// A text message in one frame; `payload` is UTF-8.
    package convenience init(text payload: [UInt8], mark: UInt64 = 0) {
        self.init(encoded: FrameEncoder.frame(.text, payload), mark: mark)
    }

    /// A binary message in one frame.
    package convenience init(binary payload: [UInt8], mark: UInt64 = 0) {
        self.init(encoded: FrameEncoder.frame(.binary, payload), mark: mark)
    }

    /// The form for peers that agreed on compression (RFC 7692 section 7.2.1); itself where that is no shorter, and for
    /// control frames.
    ///
    /// Any thread; two that ask at once may both compress, and one form is kept.
    package func compressed(for windowClass: DeflateAgreement.WindowClass) -> OutboundFrame {
        guard bytes.count >= Self.leastBytesToCompress else { return self }
        switch windowClass {
        case .full: return (full.load() ?? full.storeIfNil(CompressedForm(of: self, windowClass))).frame ?? self
        case .small: return (small.load() ?? small.storeIfNil(CompressedForm(of: self, windowClass))).frame ?? self
        }
    }
}

/// A frame compressed, or the knowledge that it is not worth it.
private final class CompressedForm: Sendable {
    let frame: OutboundFrame?

    init(of frame: OutboundFrame, _ windowClass: DeflateAgreement.WindowClass) {
        self.frame = Self.compress(frame.bytes, windowClass).map { OutboundFrame(encoded: $0, mark: frame.mark) }
    }

    /// A shorter frame of the same message, or nil.
    private static func compress(_ frame: [UInt8], _ windowClass: DeflateAgreement.WindowClass) -> [UInt8]? {
        guard let header = try? FrameHeader.parse(frame.span, readBy: .client), header.isFinal,
            header.opcode == .text || header.opcode == .binary,
            let payload = Deflater.deflate(frame.span.extracting(droppingFirst: header.encodedLength), for: windowClass)
        else { return nil }
        let encoded = FrameEncoder.frame(header.opcode, payload, isCompressed: true)
        return encoded.count < frame.count ? encoded : nil
    }
}
