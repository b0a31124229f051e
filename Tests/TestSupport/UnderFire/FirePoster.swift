import Clinic
import Glibc
import Platform
import Wire

/// One poster under fire: raises one alert after the other, and each again by its key until it is answered 201.
/// Loop-confined.
final class FirePoster: ReadinessHandler {
    private unowned let range: FireRange
    private var socket: FileDescriptor?
    private var watch: Watch?
    private var isConnected = false
    private var request: [UInt8]?
    private var parser = HTTPResponseParser()

    init(_ range: FireRange) { self.range = range }

    /// What makes the whole request of an alert of each clinic, given its key.
    static func requests(_ clinics: [String], _ hub: HubProcess) throws -> [(String) -> [UInt8]] {
        try clinics.map { clinic in
            let token = try hub.tokens.token(.admissions, clinic: clinic)
            let isOther = clinic == DemoIDs.otherClinic
            var body = JSONWriter()
            body.object { json in
                json.field("patientId", isOther ? DemoIDs.otherPatient : DemoIDs.patients[0])
                json.field("assignedTo", isOther ? DemoIDs.otherDoctor : DemoIDs.doctor)
                json.field("urgencyLevel", "CRITICAL")
                json.field("room", "ER-12")
            }
            let bytes = body.bytes
            return { key in
                HTTPRequestEncoder.encode(
                    .post, "/api/v1/alerts", host: "127.0.0.1",
                    fields: [
                        "Authorization": "Bearer \(token)", "Content-Type": "application/json",
                        "Idempotency-Key": key,
                    ], body: bytes)
            }
        }
    }

    func connect() {
        guard socket == nil else { return }
        do {
            guard let hub = SocketAddress(host: "127.0.0.1", port: range.port) else { return }
            let socket = try Socket.connect(to: hub)
            watch = try range.reactor.watch(
                socket.number, for: [.readable, .writable], edgeTriggered: true, handler: self)
            self.socket = consume socket
        } catch {
            comeBackLater()
        }
    }

    private func lose() {
        if let watch { range.reactor.unwatch(watch) }
        watch = nil
        _ = socket.take()
        isConnected = false
        parser = HTTPResponseParser()
        comeBackLater()
    }

    private func comeBackLater() {
        _ = range.reactor.schedule(after: range.pause()) { [weak self] in self?.connect() }
    }

    func becameReady(_ readiness: Readiness) {
        if !isConnected {
            guard let number = socket?.number, Socket.error(of: number) == nil else { return lose() }
            isConnected = true
            post()
        }
        while let number = socket?.number {
            switch range.reactor.scratch.receive(from: number) {
            case .bytes(let count): take(range.reactor.scratch.copy(count))
            case .wouldBlock: return
            case .end, .failed: return lose()
            }
        }
    }

    /// The alert that is not answered yet, or the next one.
    private func post() {
        request = request ?? range.takeAlert()
        guard let request, let number = socket?.number else { return }
        _ = unsafe request.withUnsafeBytes { unsafe Socket.send(number, $0) }
    }

    private func take(_ bytes: [UInt8]) {
        guard let step = try? parser.parse(bytes) else { return lose() }
        guard case .response(let response) = step.event else { return }
        switch response.status {
        case .created:
            request = nil
            range.noteAnswer()
            post()
        // The hub has lost its database, or is going: the same again, later.
        case .serviceUnavailable: lose()
        default:
            range.fault("an alert was answered \(response.status)")
            lose()
        }
    }
}
