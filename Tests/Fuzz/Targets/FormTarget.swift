import Wire

extension FuzzTarget {
    func checkForm(_ input: [UInt8]) throws(Finding) {
        if let text = PercentCoding.decode(input[...]) {
            try expect(!text.utf8.contains(0), "a text holds U+0000")
            let encoded = PercentCoding.encode(text)
            try expect(encoded.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "an escape is missing")
            try expect(PercentCoding.decode(Array(encoded.utf8)[...]) == text, "an encoded text is read as another one")
        }
        guard let form = URLEncodedForm(input) else { return }
        try expect(form.pairs.count <= URLEncodedForm.maximumPairs, "there are more pairs than the limit")
        // A pair without name and value leaves no trace but its separators, as a browser writes it.
        let named = URLEncodedForm(form.pairs.filter { !$0.name.isEmpty || !$0.value.isEmpty })
        try expect(URLEncodedForm(named.encoded) == named, "an encoded form is read as another one")
    }
}
