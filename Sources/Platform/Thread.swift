import CLinux
import Glibc

/// Starts a detached thread. Threads are made nowhere else.
///
/// - Throws: `SystemError` (EAGAIN) when the kernel gives no thread.
func startThread(name: String, _ body: @escaping @Sendable () -> Void) throws(SystemError) {
    final class Start {
        let name: String
        let body: @Sendable () -> Void
        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }
    let start = unsafe Unmanaged.passRetained(Start(name: String(name.prefix(15)), body: body))
    var thread = pthread_t()
    let result = unsafe pthread_create(
        &thread, nil,
        { argument in
            guard let argument = unsafe argument else { return nil }
            let start = unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
            unsafe hub_set_thread_name(start.name)
            start.body()
            return nil
        }, start.toOpaque())
    guard result == 0 else {
        unsafe start.release()
        throw SystemError("pthread_create", code: result)
    }
    pthread_detach(thread)
}
