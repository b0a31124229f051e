package import Clinic
import Database

/// A job that this hub has for the time of its lease.
package struct ClaimedJob: Hashable, Sendable {
    package let id: JobID
    package let clinic: ClinicID
    /// What it is about: of `ocr-processing`, the form.
    package let subject: IntakeFormID
    /// 1 for the first; nobody else has a job with this number.
    package let attempt: Int

    package init(id: JobID, clinic: ClinicID, subject: IntakeFormID, attempt: Int) {
        self.id = id
        self.clinic = clinic
        self.subject = subject
        self.attempt = attempt
    }

    init(_ row: Row) throws(DatabaseError) {
        self.init(
            id: try row.id("id"), clinic: try row.id("clinic_id"), subject: try row.id("subject_id"),
            attempt: try row.int("attempts"))
    }
}

/// How a queue stands for one clinic.
package struct QueueStatus: Hashable, Sendable {
    package let queue: JobQueue
    package var waiting = 0
    package var running = 0
    /// Given up: somebody has to look.
    package var dead = 0
    /// Since when the oldest job waits that could be done now; nil where none does.
    package var oldestWaitingSince: Timestamp?
    /// Why the last attempts at a job that comes back failed; nil where they did not. A word of the hub's.
    package var failure: String?

    package init(_ queue: JobQueue) { self.queue = queue }
}
