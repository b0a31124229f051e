package import Clinic

/// A form whose file is stored, to be registered.
package struct UploadDraft: Sendable {
    package let form: IntakeFormID
    package let type: FormFileType
    /// As its sender's machine calls it; at most 255 characters are kept.
    package let filename: PHI<String>?
    /// Where the file is.
    package let storageKey: String
    /// Of the file before it was sealed.
    package let sizeBytes: Int
    package let contentDigest: [UInt8]
    /// The same under retired keys, for a repetition of what was uploaded before the key was changed.
    package let formerDigests: [[UInt8]]
    /// The patient whose form it is, where the clinic knows that already.
    package let patient: PatientID?
    /// What a repetition of the request carries.
    package let idempotencyKey: String?

    package init(
        form: IntakeFormID, type: FormFileType, filename: PHI<String>?, storageKey: String, sizeBytes: Int,
        contentDigest: [UInt8], formerDigests: [[UInt8]] = [], patient: PatientID?, idempotencyKey: String?
    ) {
        self.form = form
        self.type = type
        self.filename = filename
        self.storageKey = storageKey
        self.sizeBytes = sizeBytes
        self.contentDigest = contentDigest
        self.formerDigests = formerDigests
        self.patient = patient
        self.idempotencyKey = idempotencyKey
    }
}

/// A form that is registered.
package struct RegisteredUpload: Sendable, Equatable {
    package let form: IntakeFormID
    package let status: UploadStatus
    package let createdAt: Timestamp
    /// Whether an earlier request with this Idempotency-Key registered it: the file of this one is not needed.
    package let isReplay: Bool
}

/// What is to be read, and where it is.
package struct ReadingOrder: Sendable, Equatable {
    package let job: ClaimedJob
    package let extraction: ExtractionID
    package let storageKey: String
    package let type: FormFileType
    package let patient: PatientID?
}
