package import Clinic

/// Whoever reads the text of a form. Confined to its loop.
package protocol TextReader: AnyObject {
    /// Stands in `extraction_jobs.model_name`.
    var name: String { get }
    /// Why nothing can be read at the moment, a sentence for the operator; nil where it can. Jobs wait meanwhile.
    func obstacle() async -> String?
    /// Reads a form, within limits of time and size.
    func read(_ file: [UInt8], type: FormFileType) async throws(ReadingFailure) -> RecognizedText
}

/// Why a form was not read: a word for the job, at most 64 characters, with nothing of the form in it.
package enum ReadingFailure: Error, Equatable, Sendable {
    /// The same would come of every further attempt: a person has to type it in.
    case unreadable(String)
    /// Another attempt may do better.
    case failed(String)

    package var word: String {
        switch self {
        case .unreadable(let word), .failed(let word): word
        }
    }

    package var isPermanent: Bool { if case .unreadable = self { true } else { false } }
}
