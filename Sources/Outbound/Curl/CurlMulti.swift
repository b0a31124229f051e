import CCurl
import Platform

/// libcurl's multi handle on a loop: libcurl says which sockets to watch and when to wake it, the reactor does so.
///
/// Runs on its loop. Finished transfers are reported after libcurl has returned, never from inside one of its callbacks.
@safe
final class CurlMulti {
    private let handle: UnsafeMutableRawPointer
    private let reactor: Reactor
    private var watches: [CInt: Watch] = [:]
    private var timer: TimerToken?
    /// Called with the key of a transfer that ended; it is removed already.
    var finished: (UInt, CURLcode) -> Void = { _, _ in }

    /// Nil when libcurl cannot be started or has no memory.
    init?(reactor: Reactor, maximumConnections: Int) {
        guard CurlLibrary.isReady, let handle = unsafe curl_multi_init() else { return nil }
        unsafe self.handle = unsafe handle
        self.reactor = reactor
        let owner = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe hub_curl_multi_set_long(handle, CURLMOPT_MAXCONNECTS, maximumConnections)
        unsafe hub_curl_multi_set_pointer(handle, CURLMOPT_SOCKETDATA, owner)
        unsafe hub_curl_multi_set_pointer(handle, CURLMOPT_TIMERDATA, owner)
        unsafe hub_curl_multi_set_socket_function(handle) { _, socket, action, owner, _ in
            unsafe multi(owner)?.socketChanged(socket, action)
            return 0
        }
        unsafe hub_curl_multi_set_timer_function(handle) { _, milliseconds, owner in
            unsafe multi(owner)?.timerChanged(milliseconds)
            return 0
        }
    }

    deinit {
        // No callback may see an object that is going away.
        unsafe hub_curl_multi_set_socket_function(handle, nil)
        unsafe hub_curl_multi_set_timer_function(handle, nil)
        for watch in watches.values { reactor.unwatch(watch) }
        if let timer { reactor.cancel(timer) }
        unsafe curl_multi_cleanup(handle)
    }

    /// Starts a transfer; false if libcurl refuses it. The caller keeps it until it has finished or was removed.
    func add(_ transfer: CurlTransfer) -> Bool { unsafe curl_multi_add_handle(handle, transfer.handle) == CURLM_OK }

    /// Gives a transfer up. Its connection is closed unless it had not been used yet.
    func remove(_ transfer: CurlTransfer) { unsafe curl_multi_remove_handle(handle, transfer.handle) }

    /// Tells libcurl that a socket is ready, or (without one) that its time has come.
    fileprivate func act(on socket: CInt, _ events: CInt) {
        var running: CInt = 0
        unsafe curl_multi_socket_action(handle, socket, events, &running)
        reportFinished()
    }

    private func reportFinished() {
        var ended: [(key: UInt, code: CURLcode)] = []
        var waiting: CInt = 0
        while let message = unsafe curl_multi_info_read(handle, &waiting) {
            guard unsafe message.pointee.msg == CURLMSG_DONE, let easy = unsafe message.pointee.easy_handle else {
                continue
            }
            let code = unsafe hub_curl_message_result(message)
            ended.append((UInt(bitPattern: easy), code))
            unsafe curl_multi_remove_handle(handle, easy)
        }
        for (key, code) in ended { finished(key, code) }
    }

    private func socketChanged(_ socket: CInt, _ action: CInt) {
        if let watch = watches.removeValue(forKey: socket) { reactor.unwatch(watch) }
        guard action != CURL_POLL_REMOVE else { return }
        var interest: Readiness = []
        if action & CURL_POLL_IN != 0 { interest.insert(.readable) }
        if action & CURL_POLL_OUT != 0 { interest.insert(.writable) }
        do {
            watches[socket] = try reactor.watch(socket, for: interest, handler: SocketHandler(socket, of: self))
        } catch {
            // The transfer makes no progress and ends by its deadline.
            Log.error("an outbound socket cannot be watched", ["error": error.description])
        }
    }

    private func timerChanged(_ milliseconds: Int) {
        if let timer { reactor.cancel(timer) }
        timer = nil
        guard milliseconds >= 0 else { return }
        timer = reactor.schedule(after: .milliseconds(milliseconds)) { [weak self] in
            self?.timer = nil
            self?.act(on: hub_curl_socket_timeout, 0)
        }
    }
}

/// The multi handle behind a callback's argument.
private func multi(_ owner: UnsafeMutableRawPointer?) -> CurlMulti? {
    guard let owner = unsafe owner else { return nil }
    return unsafe Unmanaged<CurlMulti>.fromOpaque(owner).takeUnretainedValue()
}

/// One of libcurl's sockets, as the reactor sees it.
private final class SocketHandler: ReadinessHandler {
    private let socket: CInt
    private weak var multi: CurlMulti?

    init(_ socket: CInt, of multi: CurlMulti) {
        self.socket = socket
        self.multi = multi
    }

    func becameReady(_ readiness: Readiness) {
        var events: CInt = 0
        // The end or the failure of a connection is found by reading.
        if readiness.contains(.readable) || !readiness.isDisjoint(with: .hangUp) { events |= CInt(CURL_CSELECT_IN) }
        if readiness.contains(.writable) { events |= CInt(CURL_CSELECT_OUT) }
        multi?.act(on: socket, events)
    }
}
