/// What the ids of this domain name; types without values, used as `Identifier`'s parameter only.
package enum Subject {
    package enum Clinic: Sendable {}
    package enum User: Sendable {}
    package enum Patient: Sendable {}
    package enum Alert: Sendable {}
    package enum Policy: Sendable {}
    package enum Message: Sendable {}
    package enum Attempt: Sendable {}
    package enum IntakeForm: Sendable {}
    package enum Session: Sendable {}
    package enum Epoch: Sendable {}
    package enum Contact: Sendable {}
    package enum Schedule: Sendable {}
    package enum Override: Sendable {}
    package enum MaintenanceWindow: Sendable {}
    package enum Monitor: Sendable {}
    package enum Notice: Sendable {}
    package enum Job: Sendable {}
    package enum Extraction: Sendable {}
    package enum APIKey: Sendable {}
}

/// Names a clinic: the tenant that every row and every event belongs to.
package typealias ClinicID = Identifier<Subject.Clinic>
/// Names a member of staff.
package typealias UserID = Identifier<Subject.User>
/// Names a patient; by itself it tells nothing about the person.
package typealias PatientID = Identifier<Subject.Patient>
/// Names an alert.
package typealias AlertID = Identifier<Subject.Alert>
/// Names an escalation policy; its versions share the id.
package typealias PolicyID = Identifier<Subject.Policy>
/// Names one message to one person by one way.
package typealias MessageID = Identifier<Subject.Message>
/// Names one try to hand a message to a gateway; stands in the callback's URL.
package typealias AttemptID = Identifier<Subject.Attempt>
/// Names an intake form.
package typealias IntakeFormID = Identifier<Subject.IntakeForm>
/// Names one WebSocket session.
package typealias SessionID = Identifier<Subject.Session>
/// Names one unbroken history of a channel; a new one means that history was lost.
package typealias EpochID = Identifier<Subject.Epoch>
/// Names one way to reach a person, such as a phone.
package typealias ContactID = Identifier<Subject.Contact>
/// Names an on-call schedule.
package typealias ScheduleID = Identifier<Subject.Schedule>
/// Names an exception from a schedule's rotations.
package typealias OverrideID = Identifier<Subject.Override>
/// Names a time in which some alerts call nobody.
package typealias MaintenanceWindowID = Identifier<Subject.MaintenanceWindow>
/// Names the watch over one producer.
package typealias MonitorID = Identifier<Subject.Monitor>
/// Names a notice to whoever runs a clinic.
package typealias NoticeID = Identifier<Subject.Notice>
/// Names a durable job.
package typealias JobID = Identifier<Subject.Job>
/// Names a machine's reading of a form.
package typealias ExtractionID = Identifier<Subject.Extraction>
/// Names a producer's key; the key itself is another thing.
package typealias APIKeyID = Identifier<Subject.APIKey>
