/// Where an uploaded form stands; the values of `uploads.status` (intake seed). It only moves forward.
///
///     UPLOADED ──► PROCESSING ──► EXTRACTED ──► VERIFIED
///         └────────────┴─► ERROR       └──────► REJECTED
package enum UploadStatus: String, CaseIterable, Hashable, Sendable {
    case uploaded = "UPLOADED"
    case processing = "PROCESSING"
    case extracted = "EXTRACTED"
    case verified = "VERIFIED"
    case rejected = "REJECTED"
    case error = "ERROR"

    /// Whether an upload in this status may get the other one.
    ///
    /// An upload that ended in ERROR may still be typed in by a person, who then verifies or rejects it.
    package func transition(to next: UploadStatus) -> Transition {
        switch (self, next) {
        case _ where self == next: .stays
        case (.uploaded, .processing), (.uploaded, .error), (.processing, .extracted), (.processing, .error): .moves
        case (.extracted, .verified), (.extracted, .rejected), (.error, .verified), (.error, .rejected): .moves
        default: .refused
        }
    }
}

/// Where one reading of an upload by a machine stands; the values of `extraction_jobs.status` (intake seed).
package enum ExtractionStatus: String, CaseIterable, Hashable, Sendable {
    case queued = "QUEUED"
    case running = "RUNNING"
    case succeeded = "SUCCEEDED"
    case failed = "FAILED"

    /// Whether a job in this status may get the other one; a job whose reader died is queued again.
    package func transition(to next: ExtractionStatus) -> Transition {
        switch (self, next) {
        case _ where self == next: .stays
        case (.queued, .running), (.running, .succeeded), (.running, .failed), (.running, .queued): .moves
        default: .refused
        }
    }
}
