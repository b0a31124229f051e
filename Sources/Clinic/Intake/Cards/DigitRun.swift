/// Digits that follow each other in a text with at most small gaps, as a person writes a long number.
struct DigitRun {
    /// The lengths of card numbers (ISO/IEC 7812-1; Maestro has the shortest).
    static let shortest = 12
    static let longest = 19
    /// So many blanks, dashes, dots or line ends may stand between two digits.
    private static let widestGap = 3

    /// 0 to 9 each.
    private(set) var digits: [UInt8] = []
    /// Where in the text each digit stands.
    private(set) var positions: [Int] = []
    /// How many of the digits before each were letters that look like one; one entry more than digits.
    private var guesses: [Int] = [0]
    /// The position behind the run, where the search goes on.
    private(set) var end = 0

    /// The run that begins at `start`; without digits if none stands there.
    init(of scalars: [Unicode.Scalar], from start: Int) {
        var position = start
        var gap = 0
        while position < scalars.count {
            let scalar = scalars[position]
            if let digit = Self.digit(scalar) {
                append(digit, at: position, isGuess: false)
                gap = 0
            } else if let digit = Self.lookalike(scalar), !digits.isEmpty || Self.precedesDigit(scalars, position) {
                append(digit, at: position, isGuess: true)
                gap = 0
            } else if !digits.isEmpty, Self.isSeparator(scalar), gap < Self.widestGap {
                gap += 1
            } else {
                break
            }
            position += 1
        }
        end = position
    }

    /// Whether a number may begin and end there: two thirds of it are real digits, and both ends lie between groups, or
    /// within a group that is too long to be the number itself.
    func mayHoldNumber(from start: Int, length: Int) -> Bool {
        let guessed = guesses[start + length] - guesses[start]
        return guessed * 3 <= length && mayCut(at: start, for: length) && mayCut(at: start + length, for: length)
    }

    /// A solid group of up to 19 digits is read as it stands, but for a code or a date that sticks to a long number; in a
    /// longer one a number may hide anywhere.
    private func mayCut(at index: Int, for length: Int) -> Bool {
        guard index > 0, index < digits.count, positions[index] == positions[index - 1] + 1 else { return true }
        if length >= 15 { return true }
        var first = index
        while first > 0, index - first <= Self.longest, positions[first] == positions[first - 1] + 1 { first -= 1 }
        var last = index
        while last + 1 < digits.count, last - first < Self.longest, positions[last + 1] == positions[last] + 1 {
            last += 1
        }
        return last - first + 1 > Self.longest && length > Self.shortest
    }

    private mutating func append(_ digit: UInt8, at position: Int, isGuess: Bool) {
        digits.append(digit)
        positions.append(position)
        guesses.append((guesses.last ?? 0) + (isGuess ? 1 : 0))
    }

    /// A decimal digit of any script, full width ones too.
    private static func digit(_ scalar: Unicode.Scalar) -> UInt8? {
        guard scalar.properties.numericType == .decimal, let value = scalar.properties.numericValue else { return nil }
        return UInt8(exactly: value)
    }

    /// The digit that OCR takes for this letter, or this letter for.
    private static func lookalike(_ scalar: Unicode.Scalar) -> UInt8? {
        switch scalar {
        case "O", "o", "Q", "D", "U": 0
        case "I", "l", "i", "|", "!", "j": 1
        case "Z", "z": 2
        case "E": 3
        case "A", "h": 4
        case "S", "s", "$": 5
        case "G", "b": 6
        case "T", "?": 7
        case "B", "&": 8
        case "g", "q": 9
        default: nil
        }
    }

    /// A letter begins a number only right before a digit: words are full of such letters.
    private static func precedesDigit(_ scalars: [Unicode.Scalar], _ position: Int) -> Bool {
        var next = position + 1
        while next < scalars.count, next - position <= 4, lookalike(scalars[next]) != nil { next += 1 }
        return next < scalars.count && digit(scalars[next]) != nil
    }

    private static func isSeparator(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case " ", "\t", "\n", "\r", "-", ".", "_", "/", "*", ",", ":", "'", "\u{a0}", "\u{ad}", "\u{b7}", "\u{feff}":
            true
        default: ("\u{2000}"..."\u{2015}").contains(scalar) || ["\u{202f}", "\u{2060}", "\u{2212}"].contains(scalar)
        }
    }
}
