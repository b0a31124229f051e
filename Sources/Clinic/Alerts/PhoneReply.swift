/// What a text from a phone asks for: a digit and the alert's code, `1 K7QF3`.
package struct PhoneReply: Hashable, Sendable {
    package let act: AlertAct
    package let code: AlertCode

    /// Reads a reply as people type it: either case, with or without a blank or punctuation between digit and code, with
    /// anything that is no letter or digit around it. `nil` for everything else, however close.
    ///
    /// 1 accepts, 2 passes on, 3 says that the work goes on. No word is a reply: carriers own STOP, CANCEL, YES and END.
    package init?(_ text: some StringProtocol) {
        var characters: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "A")...UInt8(ascii: "Z"):
                guard characters.count < 6 else { return nil }
                characters.append(byte)
            case 0x80...: return nil
            default: continue
            }
        }
        guard characters.count == 6, let code = AlertCode(String(decoding: characters[1...], as: UTF8.self)) else {
            return nil
        }
        self.code = code
        switch characters[0] {
        case UInt8(ascii: "1"): act = .acknowledge
        case UInt8(ascii: "2"): act = .decline(nil)
        case UInt8(ascii: "3"): act = .progress
        default: return nil
        }
    }
}
