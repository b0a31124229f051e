import CLinux
import Glibc
import ScriptedKernel

/// Whoever decides what happens while the hub sleeps. Called on the hub's loop.
protocol KernelScript: AnyObject {
    /// Time for the peers to do something, before `epoll_wait` looks.
    func act()
    /// Whether a peer will do something without being answered first: then time must pass slowly.
    var hasWork: Bool { get }
    /// The hub waits for nothing any more, not even for a timer.
    func becameQuiet()
    /// The run has gone on for too long.
    func gaveUp(_ reason: String)
}

/// A kernel that has one listener, connections and a clock, and does nothing by itself: seeded, on one thread, so that a
/// run can be repeated. It answers the system calls of the loop that it is installed on, see ScriptedKernel.h.
///
/// It is as strict as Linux is where code relies on it, and stricter: a call on a descriptor that is not open, a second
/// close, and a close of a descriptor that is still registered are noted as violations.
final class SimulatedKernel {
    private static let firstDescriptor: CInt = 4_096
    private static let mostTurns = 200_000
    private static let longestRun: UInt64 = 3_600_000_000_000

    var random: SplitMix
    var faults = Faults()
    private(set) var violations: [String] = []
    private(set) var turns = 0
    /// Connections that met an error which is not the peer's doing and ends them.
    private(set) var struck: Set<Int> = []
    /// A digest of the calls so far and of their times (FNV-1a).
    private(set) var digest: UInt64 = 0xCBF2_9CE4_8422_2325
    private var descriptors: [Link?] = []
    private var listener: (number: CInt, registration: Link.Registration)?
    private var backlog: [Link] = []
    private var oldTokens: [UInt64] = []
    private let script: any KernelScript
    private let start: UInt64
    private let wallStart: UInt64
    private(set) var now: UInt64

    init(seed: UInt64, startingAt now: UInt64, wallStart: UInt64, script: any KernelScript) {
        random = SplitMix(seed: seed)
        start = now
        self.now = now
        self.wallStart = wallStart
        self.script = script
    }

    /// Descriptors that the hub has not closed.
    var openDescriptors: Int { descriptors.count { $0 != nil } }
    var wall: UInt64 { wallStart + (now - start) }
    var elapsed: Duration { .nanoseconds(Int64(clamping: now - start)) }

    func note(_ violation: String) { if violations.count < 20 { violations.append(violation) } }

    /// A peer connects.
    func connect(_ link: Link) { backlog.append(link) }

    private func link(_ descriptor: CInt) -> Link? {
        let index = Int(descriptor - Self.firstDescriptor)
        return descriptors.indices.contains(index) ? descriptors[index] : nil
    }

    /// The link of a call, or the answer where there is none.
    private func open(_ descriptor: CInt, _ call: String) -> Link? {
        guard descriptor >= Self.firstDescriptor else { return nil }
        if let link = link(descriptor) { return link }
        note("\(call) on descriptor \(descriptor), which is not open")
        return nil
    }

    private func isOurs(_ descriptor: CInt) -> Bool { descriptor >= Self.firstDescriptor }

    /// The error that this call meets, if it does.
    private func fault(_ call: Faults.Call, _ link: Link) -> CInt? {
        link.calls += 1
        digest = (digest ^ UInt64(link.name) ^ (now - start)) &* 0x100_0000_01B3
        if let planned = faults.planned, planned.link == link.name, planned.call == link.calls,
            call.errors.indices.contains(planned.choice)
        {
            let error = call.errors[planned.choice]
            if Faults.endsConnection(error) { link.resetByPeer() }
            if error != EINTR, error != EAGAIN { struck.insert(link.name) }
            return error
        }
        return call != .register && random.happens(faults.interruptedPerMille) ? EINTR : nil
    }

    // MARK: Sockets

    func receive(_ descriptor: CInt, _ buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
        guard isOurs(descriptor) else { return Int(scripted_not_ours) }
        guard let link = open(descriptor, "recv") else { return Int(-EBADF) }
        if let error = fault(.receive, link) { return Int(-error) }
        if link.isReset { return Int(-ECONNRESET) }
        if link.arrived.isEmpty { return link.peerHasFinished ? 0 : Int(-EAGAIN) }
        let bytes = link.read(atMost: buffer.count)
        _ = buffer.update(fromContentsOf: bytes)
        return bytes.count
    }

    func send(_ descriptor: CInt, _ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        guard isOurs(descriptor) else { return Int(scripted_not_ours) }
        guard let link = open(descriptor, "send") else { return Int(-EBADF) }
        if link.hubHasFinished { note("send on connection \(link.name) after its end was sent") }
        if let error = fault(.send, link) {
            if error == EAGAIN { _ = link.write(bytes, limit: 0) }
            return Int(-error)
        }
        if link.isReset { return Int(-EPIPE) }
        let isShort = random.happens(faults.shortPerMille)
        let count = link.write(bytes, limit: isShort ? random.number(0...max(0, bytes.count - 1)) : bytes.count)
        return count == 0 && !bytes.isEmpty ? Int(-EAGAIN) : count
    }

    func accept(_ number: CInt) -> (result: Int, peer: Link?) {
        guard let listener, listener.number == number else { return (Int(scripted_not_ours), nil) }
        if random.happens(faults.acceptPerMille) {
            let error = Faults.ofAccept[random.number(0...Faults.ofAccept.count - 1)]
            if error == ECONNABORTED || error == EPROTO {
                // The peer has gone before it was taken.
                guard let link = backlog.first(where: \.isReset) else { return (Int(-EINTR), nil) }
                backlog.removeAll { $0 === link }
                link.closeByHub()
            }
            return (Int(-error), nil)
        }
        guard !backlog.isEmpty else { return (Int(-EAGAIN), nil) }
        let link = backlog.removeFirst()
        // The lowest number that is free, as POSIX wants: so a number is taken again at once.
        let index = descriptors.firstIndex { $0 == nil } ?? descriptors.count
        if index == descriptors.count { descriptors.append(nil) }
        descriptors[index] = link
        let descriptor = Self.firstDescriptor + CInt(index)
        link.descriptor = descriptor
        return (Int(descriptor), link)
    }

    func close(_ descriptor: CInt) -> Int {
        if listener?.number == descriptor { listener = nil }
        guard isOurs(descriptor) else { return Int(scripted_not_ours) }
        guard let link = open(descriptor, "close") else { return Int(-EBADF) }
        if link.registration != nil { note("close of connection \(link.name), which is still watched") }
        descriptors[Int(descriptor - Self.firstDescriptor)] = nil
        link.closeByHub()
        return 0
    }

    func shutDown(_ descriptor: CInt) -> Int {
        guard isOurs(descriptor) else { return Int(scripted_not_ours) }
        guard let link = open(descriptor, "shutdown") else { return Int(-EBADF) }
        if link.isReset { return Int(-ENOTCONN) }
        link.finishByHub()
        return 0
    }

    func setOption(_ descriptor: CInt) -> Int {
        guard isOurs(descriptor) else { return Int(scripted_not_ours) }
        return open(descriptor, "setsockopt") == nil ? Int(-EBADF) : 0
    }

    // MARK: epoll

    func control(_ operation: CInt, _ descriptor: CInt, _ registration: Link.Registration) -> Int {
        guard isOurs(descriptor) else {
            // The only descriptor of the real kernel that is watched from now on is the listener.
            listener = operation == EPOLL_CTL_DEL ? nil : (descriptor, registration)
            return 0
        }
        guard let link = open(descriptor, "epoll_ctl") else { return Int(-EBADF) }
        switch operation {
        case EPOLL_CTL_ADD:
            if link.registration != nil { return Int(-EEXIST) }
            if let error = fault(.register, link) { return Int(-error) }
            link.registration = registration
            link.raiseEdge()
        case EPOLL_CTL_MOD:
            if link.registration == nil { return Int(-ENOENT) }
            link.registration = registration
            link.raiseEdge()
        default:
            guard let old = link.registration else { return Int(-ENOENT) }
            if oldTokens.count < 64 { oldTokens.append(old.token) }
            link.registration = nil
        }
        return 0
    }

    func wait(capacity: Int, milliseconds: CInt) -> (events: [scripted_event], error: CInt) {
        turns += 1
        if turns > Self.mostTurns || now - start > Self.longestRun {
            script.gaveUp("\(turns) turns, \(elapsed)")
            return ([], 0)
        }
        now += UInt64(random.number(1...20)) * 1_000
        for link in descriptors { link?.giveBack() }
        script.act()
        if random.happens(faults.interruptedPerMille) { return ([], EINTR) }
        let events = ready(capacity)
        if events.isEmpty, milliseconds != 0 { pass(milliseconds) }
        return (events, 0)
    }

    private func pass(_ milliseconds: CInt) {
        if script.hasWork {
            now += 20_000
        } else if milliseconds < 0 {
            backlog.isEmpty ? script.becameQuiet() : script.gaveUp("nobody is accepted")
        } else {
            now += UInt64(milliseconds) * 1_000_000
        }
    }

    private func ready(_ capacity: Int) -> [scripted_event] {
        var events: [scripted_event] = []
        if let listener, !backlog.isEmpty, listener.registration.interest & EPOLLIN.rawValue != 0 {
            events.append(scripted_event(events: EPOLLIN.rawValue, token: listener.registration.token))
        }
        var links = descriptors.compactMap { $0 }.filter { $0.hasEdge && $0.registration != nil }
        links.shuffle(using: &random)
        // Some happen only just after this look.
        for link in links.prefix(min(capacity - 2, max(1, random.number(0...links.count)))) {
            let isEdgeTriggered = (link.registration?.interest ?? 0) & EPOLLET.rawValue != 0
            let readiness = link.readiness
            if isEdgeTriggered || readiness == 0 { link.lowerEdge() }
            if readiness != 0 {
                events.append(scripted_event(events: readiness, token: link.registration?.token ?? 0))
            }
        }
        if random.happens(faults.stalePerMille), let old = oldTokens.randomElement(using: &random) {
            events.append(
                scripted_event(events: EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLHUP.rawValue, token: old))
        }
        events.shuffle(using: &random)
        return events
    }
}
