package import Clinic

/// An alert that is to be raised; its texts were checked by whoever read the request.
package struct AlertDraft: Sendable, Equatable {
    package var patient: PatientID
    /// The doctor to page first; nobody means that the policy's next step begins at once.
    package var assignedTo: UserID?
    package var urgency: UrgencyLevel
    package var room: String?
    /// An internal triage note without patient data.
    package var reason: String?
    /// The producer, by its own name; at most 64 characters.
    package var source: String?
    /// The producer's word for the kind of alert; at most 64 characters.
    package var type: String?
    /// Equal for alerts of one producer that mean the same; at most 128 characters.
    package var repetitionKey: String?

    package init(
        patient: PatientID, assignedTo: UserID?, urgency: UrgencyLevel, room: String? = nil, reason: String? = nil
    ) {
        self.patient = patient
        self.assignedTo = assignedTo
        self.urgency = urgency
        self.room = room
        self.reason = reason
    }
}

/// The Idempotency-Key of a request, and a digest of what it asked for.
package struct IdempotencyKey: Sendable, Equatable {
    package var key: String
    package var requestHash: [UInt8]

    /// `key` has 1 to 255 characters.
    package init(key: String, requestHash: [UInt8]) {
        self.key = key
        self.requestHash = requestHash
    }
}

/// What became of a raise.
package struct RaisedAlert: Sendable, Equatable {
    package let id: AlertID
    package let createdAt: Timestamp
    package let status: AlertStatus
    /// The name that text messages call it by.
    package let code: String
    /// What to broadcast; nil where the request was a repetition and nothing was written.
    package let committed: CommittedEvents?
    /// Whether somebody's message waits for the dispatcher.
    package let hasMessage: Bool
    /// When the timer is due, by the database's clock; nil for a repetition.
    package let dueAt: Timestamp?

    /// Whether the first answer to this Idempotency-Key is given again.
    package var isReplay: Bool { committed == nil }
}
