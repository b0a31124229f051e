/// The queues of the platform's contract.
package enum JobQueue: String, CaseIterable, Hashable, Sendable {
    /// Reads an uploaded form.
    case ocrProcessing = "ocr-processing"
    /// Takes card numbers out of what was read, before any of it is stored.
    case panScrub = "pan-scrub"
    /// Sends the texts and pushes of alerts; its jobs are the rows of `messages`.
    case alertDispatch = "alert-dispatch"
    /// Refreshes the billing cache of a clinic.
    case squareSync = "square-sync"
    /// Writes what sessions have gathered for the audit; it is gathered in memory, before what it tells is done.
    case auditFlush = "audit-flush"

    /// Whether its jobs are rows of `jobs`.
    package var isOfJobs: Bool {
        switch self {
        case .ocrProcessing, .panScrub, .squareSync: true
        case .alertDispatch, .auditFlush: false
        }
    }
}

/// Where a job stands; the values of `jobs.state`.
///
///     QUEUED ──► RUNNING ──► DONE
///        ▲          ├──────► DEAD
///        └──────────┘
package enum JobState: String, CaseIterable, Hashable, Sendable {
    case queued = "QUEUED"
    case running = "RUNNING"
    case done = "DONE"
    /// Given up: somebody has to look.
    case dead = "DEAD"

    /// Whether a job in this state may get the other one. One whose hub died is queued again.
    package func transition(to next: JobState) -> Transition {
        switch (self, next) {
        case _ where self == next: .stays
        case (.queued, .running), (.running, .done), (.running, .dead), (.running, .queued): .moves
        default: .refused
        }
    }
}
