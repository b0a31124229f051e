import CPostgres

/// The owner of one `PGresult`; cleared with it.
@safe struct LibpqResult: ~Copyable {
    /// What a result says, as far as the hub asks.
    enum Kind {
        case rows
        /// A statement that returns none.
        case done
        case pipelineSync
        case pipelineAborted
        case failed
        /// COPY and the like, which the hub never asks for.
        case unexpected
    }

    private let result: OpaquePointer

    init(owning result: OpaquePointer) { unsafe self.result = unsafe result }

    deinit { unsafe PQclear(result) }

    var kind: Kind {
        switch unsafe PQresultStatus(result) {
        case PGRES_TUPLES_OK: .rows
        case PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: .done
        case PGRES_PIPELINE_SYNC: .pipelineSync
        case PGRES_PIPELINE_ABORTED: .pipelineAborted
        case PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE: .failed
        default: .unexpected
        }
    }

    /// What the server refused; nil if libpq itself made the result because the connection is gone.
    var serverError: ServerError? {
        guard let sqlState = field(HUB_FIELD_SQLSTATE) else { return nil }
        let severity = field(HUB_FIELD_SEVERITY)
        return ServerError(
            sqlState: sqlState, constraint: field(HUB_FIELD_CONSTRAINT), schema: field(HUB_FIELD_SCHEMA),
            table: field(HUB_FIELD_TABLE), column: field(HUB_FIELD_COLUMN), message: field(HUB_FIELD_MESSAGE) ?? "",
            position: field(HUB_FIELD_POSITION).flatMap { Int($0) }, function: field(HUB_FIELD_FUNCTION),
            isFatal: severity == "FATAL" || severity == "PANIC")
    }

    /// The columns' names; decoded once a prepared statement, whose columns cannot change.
    func columns() -> [String] {
        unsafe (0..<PQnfields(result)).map { column in
            guard let name = unsafe PQfname(result, column) else { return "" }
            return unsafe String(cString: name)
        }
    }

    /// Copies every cell; `known` are the statement's columns if they were decoded before.
    func rows(columns known: [String]?) -> Rows {
        let rowCount = unsafe PQntuples(result)
        let columnCount = unsafe PQnfields(result)
        let names = known.flatMap { $0.count == Int(columnCount) ? $0 : nil } ?? columns()
        var text: [UInt8] = []
        var ends: [Int] = []
        var isNull: [Bool] = []
        ends.reserveCapacity(Int(rowCount) * Int(columnCount))
        isNull.reserveCapacity(ends.capacity)
        for row in 0..<rowCount {
            for column in 0..<columnCount {
                isNull.append(unsafe PQgetisnull(result, row, column) == 1)
                let length = unsafe Int(PQgetlength(result, row, column))
                if length > 0, let value = unsafe PQgetvalue(result, row, column) {
                    unsafe text.append(contentsOf: UnsafeRawBufferPointer(start: value, count: length))
                }
                ends.append(text.count)
            }
        }
        return Rows(
            columns: names, affected: affected, tag: tag, count: Int(rowCount), text: text, ends: ends, isNull: isNull)
    }

    private var tag: String {
        guard let text = unsafe PQcmdStatus(result) else { return "" }
        return unsafe String(cString: text)
    }

    private var affected: Int {
        guard let text = unsafe PQcmdTuples(result) else { return 0 }
        return unsafe Int(String(cString: text)) ?? 0
    }

    private func field(_ code: Int) -> String? {
        guard let text = unsafe PQresultErrorField(result, CInt(truncatingIfNeeded: code)) else { return nil }
        return unsafe String(cString: text)
    }
}
