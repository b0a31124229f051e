/// The header of one part of a form (RFC 7578 §4.2).
package struct MultipartPart: Equatable, Sendable {
    /// The form field's name; never empty.
    package let name: String
    /// The file's name on the sender's machine, where the part is a file. What the sender wrote: to show, never a path.
    package let filename: String?
    /// The media type in small letters without parameters; nil where none was given, which means text (RFC 7578 §4.4).
    package let contentType: String?
    /// All fields of the header.
    package let fields: HTTPFields

    /// Reads the header without its empty line, each line ending with CR LF.
    init(head: Span<UInt8>, limits: MultipartLimits) throws(MultipartError) {
        guard (try? UTF8Span(validating: head)) != nil else { throw .notUTF8 }
        var fields = HTTPFields()
        do throws(HTTPParseError) {
            try forEachLine(of: head) { (_, line) throws(HTTPParseError) in
                guard fields.lines.count < limits.maximumFields else { throw .tooManyFields }
                try appendFieldLine(line, to: &fields)
            }
        } catch {
            throw MultipartError(inHeader: error)
        }
        guard fields.count(of: "Content-Disposition") == 1,
            let disposition = fields["Content-Disposition"].flatMap(ParameterizedValue.init),
            disposition.value == "form-data",
            // RFC 7578 §4.2 forbids `filename*`; a reader of it would see another name than one that passes it over.
            disposition.parameters.allSatisfy({ $0.name == "name" || $0.name == "filename" })
        else { throw .malformedDisposition }
        guard let name = disposition["name"], !name.isEmpty else { throw .missingName }
        guard fields.count(of: "Content-Type") <= 1 else { throw .malformedHeader }
        if fields.mediaType?.hasPrefix("multipart/") == true { throw .nested }
        // RFC 7578 §4.7: senders should not; what stands for the bytes themselves changes nothing.
        for encoding in fields.all("Content-Transfer-Encoding") {
            guard ["7bit", "8bit", "binary"].contains(where: { equalsIgnoringCase($0, encoding) }) else {
                throw .unsupportedEncoding
            }
        }
        self.name = name
        filename = disposition["filename"]
        contentType = fields.mediaType
        self.fields = fields
    }
}

extension MultipartError {
    /// What a breach of the header's grammar, which is HTTP's, means for the body.
    init(inHeader error: HTTPParseError) {
        switch error {
        case .headTooLarge, .requestLineTooLong: self = .headTooLarge
        case .tooManyFields: self = .tooManyFields
        default: self = .malformedHeader
        }
    }
}
