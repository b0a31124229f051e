package import Clinic
import Wire

/// Encodes the `event` message: once for each event, whatever the number of sockets that get the bytes.
package enum EventMessage {
    /// The whole payload of the text frame.
    ///
    /// - Parameters:
    ///   - at: when the event was committed.
    ///   - data: the event's data as JSON, from `HubEvent.encodedData()`; it is not checked.
    package static func encode(
        channel: ChannelName, seq: Int64, kind: HubEvent.Kind, at: Timestamp, data: [UInt8]
    ) -> [UInt8] {
        var writer = JSONWriter(capacity: data.count + 160)
        writer.object { json in
            json.field("type", "event")
            json.field("channel", channel.description)
            json.field("seq", seq)
            json.field("event", kind.rawValue)
            json.field("at", at.rfc3339)
            json.field("data", json: data)
        }
        return writer.bytes
    }
}
