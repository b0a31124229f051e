import Clinic

/// What the benchmark asks of its load process, as a line of text.
enum LoadCommand: Equatable {
    /// Opens so many screens of a clinic, over TLS or plain, and answers when all are subscribed.
    case open(count: Int, port: UInt16, clinic: ClinicID, token: String, isSecure: Bool = false)
    /// Forgets what arrived.
    case clear
    /// How many events have arrived since.
    case count
    /// When the events of these numbers were sent; answers with how late they arrived.
    case lateness([Departure])
    /// Raises alerts from so many clients at once, each in the clinic of its number, for so many seconds.
    case post(clients: Int, clinics: Int, seconds: Int, port: UInt16)
    /// Closes all screens.
    case close

    struct Departure: Equatable {
        let seq: Int64
        let nanoseconds: UInt64
    }

    var line: String {
        switch self {
        case .open(let count, let port, let clinic, let token, let isSecure):
            "\(isSecure ? "open-tls" : "open") \(count) \(port) \(clinic) \(token)"
        case .clear: "clear"
        case .count: "count"
        case .lateness(let departures):
            "lateness " + departures.map { "\($0.seq):\($0.nanoseconds)" }.joined(separator: ",")
        case .post(let clients, let clinics, let seconds, let port): "post \(clients) \(clinics) \(seconds) \(port)"
        case .close: "close"
        }
    }

    init?(_ line: String) {
        let words = line.split(separator: " ").map(String.init)
        let numbers = words.dropFirst().compactMap { Int($0) }
        switch (words.first, words.count) {
        case ("open", 5), ("open-tls", 5):
            guard numbers.count >= 2, let port = UInt16(exactly: numbers[1]), let clinic = ClinicID(words[3]) else {
                return nil
            }
            let isSecure = words[0] == "open-tls"
            self = .open(count: numbers[0], port: port, clinic: clinic, token: words[4], isSecure: isSecure)
        case ("clear", 1): self = .clear
        case ("count", 1): self = .count
        case ("lateness", 2):
            self = .lateness(
                words[1].split(separator: ",").compactMap { pair in
                    let halves = pair.split(separator: ":")
                    guard halves.count == 2, let seq = Int64(halves[0]), let time = UInt64(halves[1]) else {
                        return nil
                    }
                    return Departure(seq: seq, nanoseconds: time)
                })
        case ("post", 5):
            guard numbers.count == 4, let port = UInt16(exactly: numbers[3]) else { return nil }
            self = .post(clients: numbers[0], clinics: numbers[1], seconds: numbers[2], port: port)
        case ("close", 1): self = .close
        default: return nil
        }
    }
}
