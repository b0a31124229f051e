import Platform

/// What is sent up to one Sync and succeeds or fails as a whole; it is told its end exactly once.
final class Batch {
    let calls: [Call]
    /// The parameters of each call, laid out before anything is sent.
    let blocks: [ParameterBlock]
    let deadline: MonotonicTime
    /// False for a step inside an open transaction: with its connection the server's work is gone for certain.
    let mayCommit: Bool

    /// Results at the front that the caller did not ask for (BEGIN, the session's context).
    private let hiddenResults: Int
    private var completion: ((Result<[Rows], DatabaseError>) -> Void)?

    // Kept by the connection that the batch is in flight on.
    var results: [Rows] = []
    var serverError: ServerError?
    var isSynced = false

    /// - Throws: `.malformed` for a parameter that cannot be sent.
    init(
        prefix: [Call], _ calls: [Call], deadline: MonotonicTime, mayCommit: Bool = true,
        completion: @escaping (Result<[Rows], DatabaseError>) -> Void
    ) throws(DatabaseError) {
        self.calls = prefix + calls
        var blocks: [ParameterBlock] = []
        blocks.reserveCapacity(self.calls.count)
        for call in self.calls { blocks.append(try ParameterBlock(call.parameters)) }
        self.blocks = blocks
        self.deadline = deadline
        self.mayCommit = mayCommit
        hiddenResults = prefix.count
        self.completion = completion
    }

    func succeed() { finish(.success(Array(results.dropFirst(hiddenResults)))) }

    func fail(_ error: DatabaseError) { finish(.failure(error)) }

    private func finish(_ result: Result<[Rows], DatabaseError>) {
        guard let completion else { return }
        self.completion = nil
        completion(result)
    }
}
