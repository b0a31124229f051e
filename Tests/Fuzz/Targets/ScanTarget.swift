import Clinic

extension FuzzTarget {
    /// The input is a file that claims to be an image, and what a machine read of one: as its table, and as plain words.
    func checkScan(_ input: [UInt8]) throws(Finding) {
        for type in FormFileType.allCases {
            guard let shape = FormFileShape(input, type: type) else { continue }
            try expect(shape.pages > 0 && shape.pixels > 0, "an image has no pages or no pixels")
        }
        _ = FormFileType(signature: input)
        if let table = RecognizedText(tsv: input) { try check(table) }
        let lines = String(decoding: input, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        var words: [RecognizedText.Word] = []
        for (index, line) in lines.enumerated() {
            for word in line.split(separator: " ") {
                words.append(RecognizedText.Word(String(word), confidence: index % 2 == 0 ? 0.95 : 0.5, line: index))
            }
        }
        try check(RecognizedText(words))
    }

    private func check(_ text: RecognizedText) throws(Finding) {
        let reading = FormReading(text)
        try expect((0...100).contains(reading.confidence), "a confidence is no share")
        try expect((0...100).contains(reading.score.hundredths), "a score is no share")
        try expect(reading == FormReading(text), "a form is read in two ways")
        let scrubbed = text.scrubbed()
        let scanner = CardNumberScanner()
        try expect(
            !scrubbed.isClean || scanner.suspicions(in: scrubbed.text.text).isEmpty, "a card number stays in the text")
        for field in reading.fields {
            let isClean = field.value.map { scanner.findings(in: $0).isEmpty }
            try expect(isClean == PHI(true), "a card number stays in a field")
        }
        for finding in scanner.suspicions(in: text.text) {
            try expect(finding.range.upperBound <= text.text.unicodeScalars.count, "a finding lies outside of the text")
        }
    }
}
