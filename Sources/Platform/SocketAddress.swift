import CLinux
import Glibc

/// An IPv4 or IPv6 address and port.
package struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
    /// The address in network order: 4 or 16 bytes.
    package let bytes: [UInt8]
    package let port: UInt16

    /// Reads a numeric host (`127.0.0.1`, `::1`, `[::1]`, or `localhost`, which means 127.0.0.1). Names are not looked up.
    package init?(host: String, port: UInt16) {
        var host = host == "localhost" ? "127.0.0.1" : host
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        var v4 = in_addr()
        var v6 = in6_addr()
        if unsafe inet_pton(AF_INET, host, &v4) == 1 {
            bytes = unsafe withUnsafeBytes(of: v4) { unsafe Array($0) }
        } else if unsafe inet_pton(AF_INET6, host, &v6) == 1 {
            bytes = unsafe withUnsafeBytes(of: v6) { unsafe Array($0) }
        } else {
            return nil
        }
        self.port = port
    }

    /// Reads what the kernel wrote, as `accept4` and `getsockname` do.
    init?(_ storage: sockaddr_storage) {
        switch CInt(storage.ss_family) {
        case AF_INET:
            let address = unsafe withUnsafeBytes(of: storage) { unsafe $0.loadUnaligned(as: sockaddr_in.self) }
            bytes = unsafe withUnsafeBytes(of: address.sin_addr) { unsafe Array($0) }
            port = UInt16(bigEndian: address.sin_port)
        case AF_INET6:
            let address = unsafe withUnsafeBytes(of: storage) { unsafe $0.loadUnaligned(as: sockaddr_in6.self) }
            bytes = unsafe withUnsafeBytes(of: address.sin6_addr) { unsafe Array($0) }
            port = UInt16(bigEndian: address.sin6_port)
        default: return nil
        }
    }

    var family: CInt { bytes.count == 4 ? AF_INET : AF_INET6 }

    /// The address without the port, as people write it.
    package var host: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        return unsafe bytes.withUnsafeBytes { bytes in
            guard let name = unsafe inet_ntop(family, bytes.baseAddress, &text, socklen_t(text.count)) else {
                return "?"
            }
            return unsafe String(cString: name)
        }
    }

    /// `127.0.0.1:8080` or `[::1]:8080`.
    package var description: String { family == AF_INET ? "\(host):\(port)" : "[\(host)]:\(port)" }

    /// Runs `body` with the C structure of the address.
    func withSockaddr<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        var storage = sockaddr_storage()
        let length: Int
        if family == AF_INET {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            unsafe withUnsafeMutableBytes(of: &address.sin_addr) { unsafe $0.copyBytes(from: bytes) }
            length = MemoryLayout<sockaddr_in>.size
            unsafe withUnsafeMutableBytes(of: &storage) { unsafe $0.storeBytes(of: address, as: sockaddr_in.self) }
        } else {
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            unsafe withUnsafeMutableBytes(of: &address.sin6_addr) { unsafe $0.copyBytes(from: bytes) }
            length = MemoryLayout<sockaddr_in6>.size
            unsafe withUnsafeMutableBytes(of: &storage) { unsafe $0.storeBytes(of: address, as: sockaddr_in6.self) }
        }
        return unsafe withUnsafePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0, socklen_t(length)) }
        }
    }
}
