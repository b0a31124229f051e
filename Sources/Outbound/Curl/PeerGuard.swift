import CCurl
import Glibc

/// Opens the sockets of requests whose URL somebody else chose: to addresses of the internet alone.
///
/// It is asked after the name was resolved, so a name that leads inside is found out as well as a number.
enum PeerGuard {
    /// A new socket, or `CURL_SOCKET_BAD`, which libcurl reports as a failed connect.
    static func open(_ address: UnsafeMutablePointer<curl_sockaddr>?) -> curl_socket_t {
        guard let address = unsafe address, unsafe isPublic(address) else { return hub_curl_socket_bad }
        return unsafe socket(
            address.pointee.family, address.pointee.socktype | CInt(SOCK_CLOEXEC.rawValue), address.pointee.protocol)
    }

    private static func isPublic(_ address: UnsafeMutablePointer<curl_sockaddr>) -> Bool {
        guard let start = unsafe hub_curl_address(address) else { return false }
        let length = unsafe Int(address.pointee.addrlen)
        let bytes = unsafe Array(UnsafeRawBufferPointer(start: start, count: min(length, 28)))
        switch unsafe address.pointee.family {
        case AF_INET where bytes.count >= 8: return isPublic(version4: Array(bytes[4..<8]))
        case AF_INET6 where bytes.count >= 24: return isPublic(version6: Array(bytes[8..<24]))
        default: return false
        }
    }

    /// The special-purpose addresses of RFC 6890 are not the internet's.
    static func isPublic(version4 bytes: [UInt8]) -> Bool {
        switch (bytes[0], bytes[1], bytes[2]) {
        case (0, _, _), (10, _, _), (127, _, _), (169, 254, _), (192, 168, _), (224..., _, _): false
        case (100, 64...127, _), (172, 16...31, _), (198, 18...19, _), (192, 0, 0), (192, 0, 2), (198, 51, 100),
            (203, 0, 113):
            false
        default: true
        }
    }

    static func isPublic(version6 bytes: [UInt8]) -> Bool {
        // ::/96 and ::ffff:0:0/96 and 64:ff9b::/96 hold an address of version 4.
        let isMapped =
            bytes[..<10].allSatisfy { $0 == 0 } && (bytes[10...11] == [0, 0] || bytes[10...11] == [255, 255])
        let isTranslated = bytes[..<4] == [0x00, 0x64, 0xFF, 0x9B] && bytes[4..<12].allSatisfy { $0 == 0 }
        if isMapped || isTranslated { return isPublic(version4: Array(bytes[12...])) }
        // 2000::/3 is all that is given out, but for the documentation's 2001:db8::/32 and 6to4 and Teredo.
        guard bytes[0] & 0xE0 == 0x20 else { return false }
        let isSpecial =
            bytes[0] == 0x20
            && (bytes[1] == 0x01 && (bytes[2] == 0x0D && bytes[3] == 0xB8 || bytes[2] == 0 && bytes[3] == 0)
                || bytes[1] == 0x02)
        return !isSpecial
    }
}
