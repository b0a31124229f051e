import Platform
import TestSupport
import Wire

/// A session of the Chrome DevTools protocol: commands with answers, and the events between them.
final class DevTools {
    /// The browser refused a command, or the page's script threw.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private let socket: WebSocketClient
    private var lastID: Int64 = 0
    private var sessions: [String: (JSONValue) -> Void] = [:]

    init(_ socket: WebSocketClient) { self.socket = socket }

    /// Opens an empty tab; `event` sees everything that the browser tells about it.
    func openTab(event: @escaping (JSONValue) -> Void) throws -> String {
        let target = try send("Target.createTarget", ["url": "about:blank"])["targetId"] ?? .null
        let answer = try send("Target.attachToTarget", ["targetId": target, "flatten": true])
        guard let session = answer["sessionId"]?.stringValue else { throw Failure(description: "no session") }
        sessions[session] = event
        return session
    }

    /// Sends a command and waits for its answer.
    @discardableResult
    func send(
        _ method: String, _ parameters: JSONValue = .object(JSONObject()), session: String? = nil
    ) throws -> JSONValue {
        lastID += 1
        let id = JSONValue.integer(lastID)
        var message = JSONObject()
        message.append("id", id)
        message.append("method", .string(method))
        message.append("params", parameters)
        if let session { message.append("sessionId", .string(session)) }
        try socket.send(.object(message))
        let answer = try socket.message(within: .seconds(20)) { message in
            if message["id"] == id { return true }
            if let session = message["sessionId"]?.stringValue { sessions[session]?(message) }
            return false
        }
        if let error = answer["error"] { throw Failure(description: "\(method): \(error)") }
        return answer["result"] ?? .null
    }

    /// Asks the browser to end, and waits for it.
    func closeBrowser() {
        _ = try? send("Browser.close")
        _ = try? socket.close(within: .seconds(5))
    }
}
