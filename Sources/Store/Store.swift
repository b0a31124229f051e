package import Database

/// Everything the hub keeps: one store an aggregate, over one pool. Loop-confined, like its pool.
///
/// Every call names its tenant by a `TenantContext`; only the claims across clinics (timers, messages, jobs, channel heads)
/// run without one, under the ENGINE policies. A call that returns has committed; a call that throws has changed
/// nothing, unless its error says that the outcome is unknown.
package final class Store {
    package let alerts: AlertStore
    package let escalations: EscalationStore
    package let timers: TimerStore
    package let messages: MessageStore
    package let callbacks: CallbackStore
    package let deadLetters: DeadLetterStore
    package let events: EventStore
    package let patients: PatientStore
    package let staff: StaffStore
    package let policies: PolicyStore
    package let contacts: ContactStore
    package let preferences: PreferenceStore
    package let schedules: ScheduleStore
    package let reach: ReachStore
    package let notices: NoticeStore
    package let contactTests: ContactTestStore
    package let reports: ResponseTimeStore
    package let links: AnswerLinkStore
    package let replies: PhoneReplyStore
    package let maintenance: MaintenanceStore
    package let monitors: MonitorStore
    package let stale: StaleStore
    package let storms: StormStore
    package let revocations: RevocationStore
    package let audit: AuditStore
    package let jobs: JobStore
    package let intake: IntakeStore
    package let keys: APIKeyStore
    package let clinics: ClinicStore
    package let square: SquareStore
    package let retention: RetentionStore
    package let vault: PHIVault

    /// The pool logs in as the hub's own role; the vault holds the key of the PHI columns.
    package init(pool: Pool, vault: PHIVault) {
        let policies = PolicyStore(pool: pool)
        let zones = ZoneTable()
        let escalations = EscalationStore(pool: pool, vault: vault, zones: zones)
        self.policies = policies
        self.escalations = escalations
        alerts = AlertStore(pool: pool, vault: vault, policies: policies, zones: zones)
        timers = TimerStore(pool: pool)
        messages = MessageStore(pool: pool, vault: vault, escalations: escalations)
        callbacks = CallbackStore(pool: pool, escalations: escalations)
        deadLetters = DeadLetterStore(pool: pool)
        events = EventStore(pool: pool, vault: vault)
        patients = PatientStore(pool: pool, vault: vault)
        staff = StaffStore(pool: pool)
        let schedules = ScheduleStore(pool: pool, zones: zones)
        self.schedules = schedules
        contacts = ContactStore(pool: pool, vault: vault)
        preferences = PreferenceStore(pool: pool)
        let stale = StaleStore(pool: pool)
        self.stale = stale
        let storms = StormStore(pool: pool, policies: policies)
        self.storms = storms
        reach = ReachStore(pool: pool, vault: vault, schedules: schedules, stale: stale, storms: storms)
        notices = NoticeStore(pool: pool, vault: vault)
        contactTests = ContactTestStore(pool: pool, zones: zones)
        reports = ResponseTimeStore(pool: pool)
        links = AnswerLinkStore(pool: pool, escalations: escalations)
        replies = PhoneReplyStore(pool: pool, vault: vault)
        maintenance = MaintenanceStore(pool: pool, vault: vault, policies: policies)
        monitors = MonitorStore(pool: pool, vault: vault, alerts: alerts)
        revocations = RevocationStore(pool: pool)
        audit = AuditStore(pool: pool)
        jobs = JobStore(pool: pool)
        intake = IntakeStore(pool: pool, vault: vault, alerts: alerts)
        keys = APIKeyStore(pool: pool)
        clinics = ClinicStore(pool: pool)
        square = SquareStore(pool: pool, vault: vault)
        retention = RetentionStore(pool: pool)
        self.vault = vault
    }
}
