import Clinic
import Cryptography
import Platform
import Transport
import Wire

/// The drill's screen and its REST client. Blocks.
final class DrillClient {
    let host: String
    /// How long the policy's first step waits for a CRITICAL alert; from `subscribed`.
    private(set) var firstWait = Duration.seconds(120)
    private let address: SocketAddress
    private let token: String
    private let screen: ClientConnection
    private var events: [JSONObject] = []

    init(url: String, token: String) throws {
        guard let origin = Origin(url), origin.scheme == .http else {
            throw StartError("the URL must be http://HOST:PORT")
        }
        guard let address = SocketAddress(host: origin.host, port: origin.port) else {
            throw StartError("\(origin.host) must be a numeric address or localhost")
        }
        host = address.description
        self.address = address
        self.token = token
        do {
            screen = try ClientConnection(address, within: .seconds(5))
            let handshake = ClientHandshake(
                nonce: SecureRandom.bytes(16), subprotocols: ["alert-hub.v1", "bearer.\(token)"])
            try screen.open(handshake, target: "/ws", host: host, within: .seconds(5))
        } catch ClientConnection.Failure.refusedUpgrade(let status) {
            throw StartError("the hub at \(url) refuses the drill's token: status \(status.rawValue); see --token")
        } catch {
            throw StartError(
                "no hub answers at \(url): \(error); start one with ./hub run, or name its address by --url")
        }
    }

    /// Subscribes to the clinic's channel and reads what it says of itself.
    func subscribe(to clinic: ClinicID, within limit: Duration) throws {
        try send(#"{"type":"subscribe","id":1,"channel":"clinic:\#(clinic)"}"#)
        let deadline = MonotonicTime.now().advanced(by: limit)
        while true {
            let message = try next(until: deadline)
            switch message["type"]?.stringValue {
            case "subscribed":
                if let seconds = message["escalationWaitSeconds"]?.objectValue?["CRITICAL"]?.integerValue {
                    firstWait = .seconds(seconds)
                }
                return
            case "error": throw StartError("the hub refused: \(message["message"]?.stringValue ?? "")")
            default: break
            }
        }
    }

    /// Waits until the event of the alert has come.
    func waitForEvent(_ name: String, of alert: AlertID, within limit: Duration) throws {
        let deadline = MonotonicTime.now().advanced(by: limit)
        while true {
            if events.contains(where: {
                $0["event"]?.stringValue == name
                    && $0["data"]?.objectValue?["alertId"]?.stringValue == alert.description
            }) {
                return
            }
            keep(try next(until: deadline, waitingFor: name))
        }
    }

    /// Takes what the screen is sent meanwhile.
    func listen(for time: Duration) {
        let deadline = MonotonicTime.now().advanced(by: time)
        while let message = try? next(until: deadline) { keep(message) }
    }

    /// One REST request on a connection of its own.
    func request(
        _ method: HTTPMethod, _ path: String, body: [UInt8], expecting status: HTTPStatus
    ) throws -> JSONObject {
        var fields: HTTPFields = ["Authorization": "Bearer \(token)", "Connection": "close"]
        if !body.isEmpty { fields.append("Content-Type", "application/json") }
        let response: HTTPResponse
        do {
            let connection = try ClientConnection(address, within: .seconds(5))
            response = try connection.exchange(
                HTTPRequestEncoder.encode(method, path, host: host, fields: fields, body: body), within: .seconds(10))
        } catch {
            throw StartError("\(method.rawValue) \(path): \(error)")
        }
        let limits = JSONLimits(maximumBytes: 16 << 20)
        let object = try? JSONReader.readObject(response.body, limits: limits)
        guard response.status == status else {
            throw StartError("\(method.rawValue) \(path): \(response.status) \(object?["detail"]?.stringValue ?? "")")
        }
        return object ?? JSONObject()
    }

    private func send(_ text: String) throws {
        do { try screen.send(text: Array(text.utf8)) } catch { throw StartError("the screen was lost: \(error)") }
    }

    private func keep(_ message: JSONObject) {
        if message["type"]?.stringValue == "event" { events.append(message) }
    }

    private func next(until deadline: MonotonicTime, waitingFor what: String = "an answer") throws -> JSONObject {
        do {
            return try JSONReader.readObject(
                try screen.nextText(until: deadline), limits: JSONLimits(maximumBytes: 16 << 20))
        } catch ClientConnection.Failure.timedOut {
            throw StartError("\(what) did not come in time")
        } catch {
            throw StartError("the screen was lost while it waited for \(what): \(error)")
        }
    }
}
