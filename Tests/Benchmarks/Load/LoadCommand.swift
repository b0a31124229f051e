import Clinic

/// What the benchmark asks of its load process, as a line of text.
enum LoadCommand: Equatable {
    /// Opens so many screens of a clinic, over TLS or plain, and answers when all are subscribed.
    case open(count: Int, port: UInt16, clinic: ClinicID, token: String, isSecure: Bool = false)
    /// Opens so many screens, spread over clinics, each with a token of its own, and answers when all are subscribed.
    case openSpread(count: Int, port: UInt16, clinics: Range<Int>)
    /// Opens so many WebSockets of a server that is no hub, and answers when all are upgraded.
    case upgrade(count: Int, port: UInt16, target: String)
    /// Begins to raise alerts at a steady rate, and to follow them to their screens.
    case raise(Raising)
    /// Ends that, and answers with the figures of `SteadyPosters.stop`.
    case stopRaising
    /// Forgets what arrived.
    case clear
    /// How many events have arrived since.
    case count
    /// When the events of these numbers were sent; answers with how late they arrived.
    case lateness([Departure])
    /// Asks for an alert to be raised or read from so many clients at once, each in the clinic of its number, for so many
    /// seconds.
    case ask(AlertRequest, clients: Int, clinics: Int, seconds: Int, port: UInt16)
    /// Closes all screens.
    case close

    struct Raising: Equatable {
        let port: UInt16
        let clinics: Range<Int>
        let perSecond: Int
        /// How many screens of each clinic are open in this load process.
        let screensAClinic: Int
        /// How many of the screens are asked for a sign of life, 50 times a second.
        let screensThatAsk: Int
    }

    struct Departure: Equatable {
        let seq: Int64
        let nanoseconds: UInt64
    }

    var line: String {
        switch self {
        case .open(let count, let port, let clinic, let token, let isSecure):
            "\(isSecure ? "open-tls" : "open") \(count) \(port) \(clinic) \(token)"
        case .openSpread(let count, let port, let clinics):
            "open-spread \(count) \(port) \(clinics.lowerBound) \(clinics.upperBound)"
        case .upgrade(let count, let port, let target): "upgrade \(count) \(port) \(target)"
        case .raise(let order):
            "raise \(order.port) \(order.clinics.lowerBound) \(order.clinics.upperBound) \(order.perSecond) "
                + "\(order.screensAClinic) \(order.screensThatAsk)"
        case .stopRaising: "stop-raising"
        case .clear: "clear"
        case .count: "count"
        case .lateness(let departures):
            "lateness " + departures.map { "\($0.seq):\($0.nanoseconds)" }.joined(separator: ",")
        case .ask(let request, let clients, let clinics, let seconds, let port):
            "\(request.rawValue) \(clients) \(clinics) \(seconds) \(port)"
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
        case ("open-spread", 5):
            guard numbers.count == 4, let port = UInt16(exactly: numbers[1]), numbers[2] < numbers[3] else {
                return nil
            }
            self = .openSpread(count: numbers[0], port: port, clinics: numbers[2]..<numbers[3])
        case ("upgrade", 4):
            guard numbers.count == 2, let port = UInt16(exactly: numbers[1]) else { return nil }
            self = .upgrade(count: numbers[0], port: port, target: words[3])
        case ("raise", 7):
            guard numbers.count == 6, let port = UInt16(exactly: numbers[0]), numbers[1] < numbers[2] else {
                return nil
            }
            self = .raise(
                Raising(
                    port: port, clinics: numbers[1]..<numbers[2], perSecond: numbers[3], screensAClinic: numbers[4],
                    screensThatAsk: numbers[5]))
        case ("stop-raising", 1): self = .stopRaising
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
        case ("post", 5), ("get", 5):
            guard numbers.count == 4, let port = UInt16(exactly: numbers[3]),
                let request = AlertRequest(rawValue: words[0])
            else { return nil }
            self = .ask(request, clients: numbers[0], clinics: numbers[1], seconds: numbers[2], port: port)
        case ("close", 1): self = .close
        default: return nil
        }
    }
}
