import Glibc
import ScriptedKernel

/// The functions that ScriptedKernel.c calls, and the memory that they are found by.
final class KernelInstallation {
    private let calls: UnsafeMutablePointer<scripted_kernel>
    private let kernel: SimulatedKernel

    /// Puts `kernel` in the place of the real one on the calling thread, until this object is released there.
    init(_ kernel: SimulatedKernel) {
        self.kernel = kernel
        calls = .allocate(capacity: 1)
        calls.initialize(
            to: scripted_kernel(
                kernel: Unmanaged.passUnretained(kernel).toOpaque(),
                receive: { kernel, descriptor, bytes, count in
                    SimulatedKernel.of(kernel).receive(
                        descriptor, UnsafeMutableBufferPointer(start: bytes, count: count))
                },
                send: { kernel, descriptor, bytes, count in
                    SimulatedKernel.of(kernel).send(descriptor, UnsafeBufferPointer(start: bytes, count: count))
                },
                accept: { kernel, listener, address, port in
                    let (result, peer) = SimulatedKernel.of(kernel).accept(listener)
                    if let peer {
                        address?.pointee = UInt32(0x0A00_0001 + peer.name).bigEndian
                        port?.pointee = UInt16(40_000).bigEndian
                    }
                    return result
                },
                close: { kernel, descriptor in SimulatedKernel.of(kernel).close(descriptor) },
                shut_down: { kernel, descriptor, _ in SimulatedKernel.of(kernel).shutDown(descriptor) },
                set_option: { kernel, descriptor in SimulatedKernel.of(kernel).setOption(descriptor) },
                control: { kernel, operation, descriptor, events, token in
                    SimulatedKernel.of(kernel).control(
                        operation, descriptor, Link.Registration(token: token, interest: events))
                },
                wait: { kernel, events, capacity, milliseconds in
                    let (ready, error) = SimulatedKernel.of(kernel).wait(
                        capacity: Int(capacity), milliseconds: milliseconds)
                    for (index, event) in ready.enumerated() { events?[index] = event }
                    return error == 0 ? ready.count : Int(-error)
                },
                nanoseconds: { kernel, isWallClock in
                    isWallClock != 0 ? SimulatedKernel.of(kernel).wall : SimulatedKernel.of(kernel).now
                }))
        scripted_kernel_install(calls)
    }

    deinit {
        scripted_kernel_install(nil)
        calls.deallocate()
    }
}

extension SimulatedKernel {
    /// The kernel of a call. It is held by its installation, which outlives every call.
    fileprivate static func of(_ pointer: UnsafeMutableRawPointer?) -> SimulatedKernel {
        guard let pointer else { preconditionFailure("a call without its kernel") }
        return Unmanaged<SimulatedKernel>.fromOpaque(pointer).takeUnretainedValue()
    }
}
