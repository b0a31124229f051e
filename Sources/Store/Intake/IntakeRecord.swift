package import Clinic
import Database

/// Where a form stands: nothing of what it says.
package struct IntakeRecord: Sendable, Equatable {
    package let form: IntakeFormID
    package let status: UploadStatus
    package let type: FormFileType
    package let sizeBytes: Int
    package let createdAt: Timestamp
    package let processedAt: Timestamp?
    /// How often reading it was tried.
    package let attempts: Int
    /// Why the last attempt failed; a word of the hub's.
    package let error: String?
    /// Hundredths; nil where it was not read.
    package let confidence: Int?
    package let emergencyScore: Int?
    package let isEmergency: Bool
    package let requiresReview: Bool
    package let hasCardNumber: Bool
    package let isRedacted: Bool
    package let alert: AlertID?
    package let patient: PatientID?

    static let columns: StaticString = """
        f.id, u.status, u.mime_type, u.size_bytes, u.created_at, f.processed_at, COALESCE(e.attempts, 0) AS attempts,
        e.error_message, (f.ocr_confidence * 100)::int AS confidence, (f.emergency_score * 100)::int AS score,
        f.is_emergency, f.requires_review, f.pan_detected, f.pan_redacted, f.alert_id, f.patient_id
        """

    /// The form with its upload and its reading, the one that counts.
    static let source: StaticString = """
        intake_forms f JOIN uploads u ON u.clinic_id = f.clinic_id AND u.id = f.upload_id
        LEFT JOIN extraction_jobs e ON e.clinic_id = f.clinic_id AND e.upload_id = u.id
        """

    init(_ row: Row) throws(DatabaseError) {
        form = try row.id("id")
        status = try row.choice("status")
        type = try row.choice("mime_type")
        sizeBytes = try row.int("size_bytes")
        createdAt = try row.time("created_at")
        processedAt = try row.optionalTime("processed_at")
        attempts = try row.int("attempts")
        error = try row.optionalString("error_message")
        confidence = try row.optionalInt64("confidence").map { Int($0) }
        emergencyScore = try row.optionalInt64("score").map { Int($0) }
        isEmergency = try row.bool("is_emergency")
        requiresReview = try row.bool("requires_review")
        hasCardNumber = try row.bool("pan_detected")
        isRedacted = try row.bool("pan_redacted")
        alert = try row.optionalID("alert_id")
        patient = try row.optionalID("patient_id")
    }
}

/// A form as whoever reviews it sees it; the read was audited.
package struct ReviewItem: Sendable, Equatable {
    package let record: IntakeRecord
    package let filename: PHI<String>?
    /// Nil where no machine could read it.
    package let suggestions: FormSuggestions?
}
