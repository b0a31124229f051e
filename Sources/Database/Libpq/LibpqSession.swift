import CPostgres
import Platform

/// The owner of one `PGconn`; finished with it. Every call of libpq's connection functions is in this file.
///
/// Not for two threads at a time. None of it blocks, except what `BlockingConnection` calls and the look-up of a host
/// name that is not an address (libpq has no other way); use `hostaddr=` or a Unix socket where that matters.
@safe final class LibpqSession {
    /// What the connection attempt waits for.
    enum ConnectStep { case readable, writable, ready, failed }
    /// What became of the bytes to send.
    enum FlushStep { case done, wouldBlock, failed }
    /// What `nextResult` found.
    enum ResultStep: ~Copyable {
        /// The answer has not arrived in full.
        case busy
        /// The end of one statement's results, or nothing is expected.
        case none
        case result(LibpqResult)
    }

    private let connection: OpaquePointer

    /// Begins to connect. The keywords before `dbname`, which holds the connection string, are defaults that the
    /// string overrides; those after it are not to be overridden.
    init?(_ settings: ConnectionSettings, isBlocking: Bool = false) {
        let keywords = [
            "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout", "connect_timeout",
            "dbname", "application_name", "client_encoding",
        ]
        let timeout = String(max(2, settings.connectTimeout.components.seconds))
        let values = ["30", "10", "3", "15000", timeout, settings.url, settings.applicationName, "UTF8"]
        let pointer = unsafe withCStrings(keywords) { keywords in
            unsafe withCStrings(values) { values in
                if isBlocking {
                    unsafe PQconnectdbParams(keywords, values, 1)
                } else {
                    unsafe PQconnectStartParams(keywords, values, 1)
                }
            }
        }
        guard let pointer = unsafe pointer else { return nil }
        unsafe connection = unsafe pointer
        unsafe PQsetNoticeReceiver(
            connection,
            { _, result in
                // libpq clears the result after this returns, so it is not owned here.
                guard let result = unsafe result else { return }
                unsafe logNotice(result)
            }, nil)
    }

    deinit { unsafe PQfinish(connection) }

    // MARK: State

    var descriptor: CInt { unsafe PQsocket(connection) }
    var isBroken: Bool { unsafe PQstatus(connection) == CONNECTION_BAD }
    var isInTransaction: Bool { unsafe PQtransactionStatus(connection) != PQTRANS_IDLE }
    var serverProcess: Int32 { unsafe PQbackendPID(connection) }

    /// libpq's own words for the last failure, on one line; may name hosts and users, never passwords.
    var errorMessage: String {
        guard let text = unsafe PQerrorMessage(connection) else { return "" }
        let lines = unsafe String(cString: text).split(separator: "\n")
        return lines.map { $0.drop { $0 == "\t" } }.joined(separator: "; ")
    }

    // MARK: Connecting

    func poll() -> ConnectStep {
        switch unsafe PQconnectPoll(connection) {
        case PGRES_POLLING_READING: .readable
        case PGRES_POLLING_WRITING: .writable
        case PGRES_POLLING_OK: .ready
        default: .failed
        }
    }

    func beginPipeline() -> Bool {
        unsafe PQsetnonblocking(connection, 1) == 0 && PQenterPipelineMode(connection) == 1
    }

    // MARK: Sending

    func sendPrepare(_ statement: Statement) -> Bool {
        unsafe PQsendPrepare(connection, statement.name, statement.sql, 0, nil) == 1
    }

    func sendExecute(_ name: String, _ parameters: ParameterBlock) -> Bool {
        unsafe parameters.withPointers { count, values, lengths, formats in
            unsafe PQsendQueryPrepared(connection, name, count, values, lengths, formats, 0) == 1
        }
    }

    func sendSync() -> Bool { unsafe PQpipelineSync(connection) == 1 }

    func flush() -> FlushStep {
        switch unsafe PQflush(connection) {
        case 0: .done
        case 1: .wouldBlock
        default: .failed
        }
    }

    // MARK: Receiving

    /// Takes what the socket has; false if the connection is gone.
    func consumeInput() -> Bool { unsafe PQconsumeInput(connection) == 1 }

    func nextResult() -> ResultStep {
        if unsafe PQisBusy(connection) == 1 { return .busy }
        guard let result = unsafe PQgetResult(connection) else { return .none }
        return .result(unsafe LibpqResult(owning: result))
    }

    func nextNotification() -> (channel: String, payload: String)? {
        guard let notification = unsafe PQnotifies(connection) else { return nil }
        defer { unsafe PQfreemem(notification) }
        let channel = unsafe String(cString: notification.pointee.relname)
        let payload = unsafe notification.pointee.extra.map { unsafe String(cString: $0) } ?? ""
        return (channel, payload)
    }

    // MARK: Blocking

    /// Runs a script of any number of statements and waits; the last result.
    func execute(script: String) -> LibpqResult? {
        guard let result = unsafe PQexec(connection, script) else { return nil }
        return unsafe LibpqResult(owning: result)
    }

    /// Runs one statement with parameters and waits.
    func execute(_ sql: String, _ parameters: ParameterBlock) -> LibpqResult? {
        let result = unsafe parameters.withPointers { count, values, lengths, formats in
            unsafe PQexecParams(connection, sql, count, nil, values, lengths, formats, 0)
        }
        guard let result = unsafe result else { return nil }
        return unsafe LibpqResult(owning: result)
    }
}

/// Runs `body` with a null-terminated array of C strings.
private func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
) -> Result {
    var bytes: [UInt8] = []
    var offsets: [Int] = []
    for string in strings {
        offsets.append(bytes.count)
        bytes.append(contentsOf: string.utf8)
        bytes.append(0)
    }
    return unsafe bytes.withUnsafeBytes { buffer in
        let base = unsafe buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
        var pointers: [UnsafePointer<CChar>?] = unsafe offsets.map { offset in unsafe base.map { unsafe $0 + offset } }
        unsafe pointers.append(nil)
        return unsafe body(pointers)
    }
}

private func logNotice(_ result: OpaquePointer) {
    func field(_ code: Int) -> String {
        guard let text = unsafe PQresultErrorField(result, CInt(truncatingIfNeeded: code)) else { return "" }
        return unsafe String(cString: text)
    }
    let severity = field(HUB_FIELD_SEVERITY)
    let state = field(HUB_FIELD_SQLSTATE)
    let message = field(HUB_FIELD_MESSAGE)
    switch severity {
    case "WARNING", "ERROR", "FATAL", "PANIC":
        Log.warning("PostgreSQL says", ["severity": severity, "sqlState": state, "text": message])
    default: Log.debug("PostgreSQL says", ["severity": severity, "sqlState": state, "text": message])
    }
}
