/// A reader of hostile bytes, with what must hold whatever they are.
///
/// The raw value names its corpus, `Tests/Fuzz/Corpus/<name>/`; a finding's input becomes a file there, and the tests
/// replay all of them.
package enum FuzzTarget: String, CaseIterable, Sendable {
    case httpRequest = "http-request"
    case httpResponse = "http-response"
    case webSocket = "websocket"
    case inflate
    case deflateOffer = "deflate-offer"
    case handshake
    case json
    case form
    case multipart
    case clientMessage = "client-message"
    case zone
    case scan

    /// Reads `input` whole and split, and compares. Deterministic. A trap is a finding too.
    package func check(_ input: [UInt8]) throws(Finding) {
        switch self {
        case .httpRequest: try checkHTTPRequest(input)
        case .httpResponse: try checkHTTPResponse(input)
        case .webSocket: try checkWebSocket(input)
        case .inflate: try checkInflate(input)
        case .deflateOffer: try checkDeflateOffer(input)
        case .handshake: try checkHandshake(input)
        case .json: try checkJSON(input)
        case .form: try checkForm(input)
        case .multipart: try checkMultipart(input)
        case .clientMessage: try checkClientMessage(input)
        case .zone: try checkZone(input)
        case .scan: try checkScan(input)
        }
    }
}

/// Something that must never be was: keep the input and mend the code.
package struct Finding: Error, CustomStringConvertible {
    package let description: String
}

/// Holds an invariant.
func expect(_ holds: Bool, _ invariant: @autoclosure () -> String) throws(Finding) {
    if !holds { throw Finding(description: invariant()) }
}

/// Small numbers that a target takes from the first byte of its input, so that the fuzzer varies limits as well.
struct Choice {
    private let byte: UInt8
    let rest: [UInt8]

    init(_ input: [UInt8]) {
        byte = input.first ?? 0
        rest = Array(input.dropFirst())
    }

    /// Whether the bit is set, 0 to 7.
    func bit(_ index: UInt8) -> Bool { byte >> index & 1 == 1 }
}
