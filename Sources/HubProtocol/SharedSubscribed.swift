import Clinic
import Wire

/// A `subscribed` message that many are sent: encoded once, and given the `id` of each that asked.
package struct SharedSubscribed: Sendable {
    private let encoded: [UInt8]
    /// What every such message opens with, up to the place of the `id`.
    private static let opening = Array(#"{"type":"subscribed""#.utf8)

    /// Encodes `message`; its own tag is left out.
    package init(_ message: Subscribed) {
        encoded = ServerMessage.subscribed(message.untagged).encoded()
    }

    /// The whole payload of the text frame for the one who gave this tag.
    package func payload(tag: MessageTag?) -> [UInt8] {
        guard tag != nil else { return encoded }
        var member = JSONWriter(capacity: 80)
        member.object { json in json.field(tag: tag) }
        var payload: [UInt8] = []
        payload.reserveCapacity(encoded.count + member.bytes.count)
        payload += Self.opening
        payload.append(UInt8(ascii: ","))
        payload += member.bytes.dropFirst().dropLast()
        payload += encoded.dropFirst(Self.opening.count)
        return payload
    }
}

extension Subscribed {
    fileprivate var untagged: Subscribed {
        Subscribed(tag: nil, channel: channel, position: position, recovery: recovery, firstWaits: firstWaits)
    }
}
