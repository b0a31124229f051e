import BareLoop
import Clinic
import Hub
import HubProtocol
import Platform
import Store
import Wire

/// Paced fan-outs on the hub's own loop: each round one event is encoded and posted to the loop, as a commit posts it.
///
/// The events stand in no database: they follow the channel's head, and nobody compares the channel meanwhile.
final class FanOut {
    private unowned let state: ServingLoop
    private let loop: EventLoop<ServingLoop>
    private let stream: EventStream
    private var seq: Int64
    private var finished: (() -> Void)?
    /// When each event of the last run was posted.
    private(set) var departures: [LoadCommand.Departure] = []

    /// nil where nobody is subscribed to the stream's clinic.
    init?(_ state: ServingLoop, on loop: EventLoop<ServingLoop>, _ stream: EventStream) {
        guard let head = state.hub.channels.head(of: stream.clinic.id) else { return nil }
        self.state = state
        self.loop = loop
        self.stream = stream
        seq = head
    }

    /// Publishes `rounds` events, one each `interval`; `done` gets the CPU time of the thread meanwhile, waits included.
    func run(rounds: Int, interval: Duration, _ done: @escaping (UInt64) -> Void) {
        departures.removeAll(keepingCapacity: true)
        departures.reserveCapacity(rounds)
        let begin = bare_loop_thread_time()
        finished = { done(bare_loop_thread_time() &- begin) }
        publish(left: rounds, at: MonotonicTime.now().advanced(by: interval), interval)
    }

    /// The next event, encoded for the screens.
    func nextEvent() -> PublishedEvent {
        seq += 1
        return stream.event(seq)
    }

    private func publish(left: Int, at due: MonotonicTime, _ interval: Duration) {
        _ = state.reactor.schedule(after: MonotonicTime.now().duration(to: due)) { [self] in
            let event = nextEvent()
            departures.append(LoadCommand.Departure(seq: event.seq, nanoseconds: MonotonicTime.now().nanoseconds))
            loop.post { $0.hub.channels.publish(event) }
            if left > 1 {
                publish(left: left - 1, at: due.advanced(by: interval), interval)
            } else {
                // Behind the event that was just posted.
                loop.post { $0.fanOut?.finish() }
            }
        }
    }

    private func finish() {
        finished?()
        finished = nil
    }
}

/// The alerts of one clinic's channel, as screens are sent them.
struct EventStream {
    let clinic: BenchClinic
    let epoch: EpochID
    /// Long where the events shall be.
    var room = BenchClinic.room

    func event(_ seq: Int64) -> PublishedEvent {
        var generator = SystemRandomNumberGenerator()
        return PublishedEvent(
            ClinicEvent(
                clinic: clinic.id, seq: seq, at: Timestamp(microseconds: WallTime.now().microseconds),
                event: .alertNew(
                    alert: AlertID.random(using: &generator), urgency: .critical, room: room,
                    patientName: PHI("J. Doe"))),
            epoch: epoch)
    }
}
