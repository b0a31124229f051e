/// Numbers that stand for many.
enum Statistics {
    /// The value below which `part` (0 to 1) of the values lie; `sorted` is ascending and not empty.
    static func percentile<Value>(_ part: Double, of sorted: [Value]) -> Value {
        sorted[min(sorted.count - 1, Int(part * Double(sorted.count)))]
    }

    static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    /// How far the values lie apart, as a text: the lowest and the highest.
    static func spread(_ values: [Double], _ digits: Int) -> String {
        "\(fixed(values.min() ?? 0, digits))–\(fixed(values.max() ?? 0, digits))"
    }

    /// A number with so many digits after its point.
    static func fixed(_ value: Double, _ digits: Int) -> String {
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = Int((value * scale).rounded())
        guard digits > 0 else { return String(scaled) }
        let text = String(abs(scaled))
        let padded = String(repeating: "0", count: max(0, digits + 1 - text.count)) + text
        return (scaled < 0 ? "-" : "") + padded.dropLast(digits) + "." + padded.suffix(digits)
    }
}
