/// One offer of permessage-deflate in `Sec-WebSocket-Extensions` (RFC 7692 section 7.1), as far as it may be accepted.
package struct DeflateOffer: Equatable, Sendable {
    /// The client asks the server to forget its window after each message; this server does so anyway.
    package var serverNoContextTakeover = false
    /// The client will forget its window after each message.
    package var clientNoContextTakeover = false
    /// The largest window, as a power of two, that the server may compress with: 8 to 15; nil is 15.
    package var serverWindowBits: UInt8?
    /// Whether the client can be told to use a smaller window, and the largest that it will use: 8 to 15; nil: it cannot.
    package var clientWindowBits: UInt8?

    package init() {}

    /// The acceptable offers among the members of the field, the preferred first; nil where one breaks the grammar of
    /// RFC 6455 section 9.1, which fails the handshake.
    ///
    /// Another extension, or an offer that must be declined (an unknown or doubled parameter, a value where none or
    /// another may stand; RFC 7692 section 7.1), is passed over.
    package static func read(_ members: [String]) -> [DeflateOffer]? {
        var offers: [DeflateOffer] = []
        for member in members {
            guard let parsed = ExtensionOffer(member) else { return nil }
            if equalsIgnoringCase(parsed.name, "permessage-deflate"), let offer = DeflateOffer(parsed.parameters) {
                offers.append(offer)
            }
        }
        return offers
    }

    private init?(_ parameters: [ExtensionOffer.Parameter]) {
        var names: Set<String> = []
        for parameter in parameters {
            guard names.insert(parameter.name).inserted else { return nil }
            switch parameter.name {
            case "server_no_context_takeover":
                guard parameter.value == nil else { return nil }
                serverNoContextTakeover = true
            case "client_no_context_takeover":
                guard parameter.value == nil else { return nil }
                clientNoContextTakeover = true
            case "server_max_window_bits":
                guard let bits = parameter.value.flatMap(Self.windowBits) else { return nil }
                serverWindowBits = bits
            case "client_max_window_bits":
                guard let value = parameter.value else {
                    clientWindowBits = 15
                    continue
                }
                guard let bits = Self.windowBits(value) else { return nil }
                clientWindowBits = bits
            default: return nil
            }
        }
    }

    /// 8 to 15, without a leading zero (section 7.1.2).
    private static func windowBits(_ text: String) -> UInt8? {
        switch text {
        case "8": 8
        case "9": 9
        case "10": 10
        case "11": 11
        case "12": 12
        case "13": 13
        case "14": 14
        case "15": 15
        default: nil
        }
    }
}

/// What a server wants of the clients that it compresses with.
package struct DeflatePolicy: Equatable, Sendable {
    /// Whether a client may refer to its earlier messages. It compresses better, and costs this side
    /// `2 ^ clientWindowBits` bytes a connection.
    package var clientMayTakeOver: Bool
    /// The window that clients are held to where they can be told: 8 to 15.
    package var clientWindowBits: UInt8

    package init(clientMayTakeOver: Bool = true, clientWindowBits: UInt8 = 12) {
        precondition((8...15).contains(clientWindowBits), "a window has 8 to 15 bits")
        self.clientMayTakeOver = clientMayTakeOver
        self.clientWindowBits = clientWindowBits
    }
}

/// What was agreed on compression for one connection (RFC 7692 section 7.1).
///
/// The server never takes over its context, so that a message compressed once can be sent to all.
package struct DeflateAgreement: Equatable, Sendable {
    /// The client's messages refer at most so far back, as a power of two: 8 to 15.
    package let clientWindowBits: UInt8
    /// The client's messages may refer to earlier ones.
    package let clientTakesOver: Bool
    /// Whether the server's messages must be compressed with the smallest window.
    package let windowClass: WindowClass
    private let serverWindowBits: UInt8?
    private let tellsClientWindow: Bool

    /// The kinds of compressed forms that one frame can have. Whoever may use a larger window may use a smaller one, so
    /// two are enough for eight sizes.
    package enum WindowClass: UInt8, Sendable, CaseIterable {
        /// 32 KiB may be referred to.
        case full
        /// 256 bytes: for each peer that allows less than 32 KiB.
        case small
    }

    /// The answer to an offer.
    package init(_ offer: DeflateOffer, by policy: DeflatePolicy = DeflatePolicy()) {
        serverWindowBits = offer.serverWindowBits
        windowClass = offer.serverWindowBits ?? 15 == 15 ? .full : .small
        clientTakesOver = policy.clientMayTakeOver && !offer.clientNoContextTakeover
        tellsClientWindow = offer.clientWindowBits != nil
        // A client that did not say that it understands the parameter must not be sent it (section 7.1.2.2).
        clientWindowBits = offer.clientWindowBits.map { min($0, policy.clientWindowBits) } ?? 15
    }

    /// Bytes of the client's earlier messages that must be kept.
    package var historyBytes: Int { clientTakesOver ? 1 << Int(clientWindowBits) : 0 }

    /// The member of `Sec-WebSocket-Extensions` that tells the client.
    package var answer: String {
        var text = "permessage-deflate; server_no_context_takeover"
        if !clientTakesOver { text += "; client_no_context_takeover" }
        if let serverWindowBits { text += "; server_max_window_bits=\(serverWindowBits)" }
        if tellsClientWindow { text += "; client_max_window_bits=\(clientWindowBits)" }
        return text
    }
}
