package import Clinic
package import Escalation
import HubProtocol
import Platform
package import Store

/// One loop's hub: whatever changes an alert or a patient goes through here, so that what was committed is told to the
/// screens and to the engine. Loop-confined.
///
/// Each command returns after its commit; events are published in commit order.
package final class ClinicHub {
    package let store: Store
    package let channels: ChannelTable
    package let revocations: Revocations
    package var counters = HubCounters()
    /// Who knows whether escalation works; nil in tests of other things.
    package var watch: EngineWatch?
    /// Who looks for storms; nil in tests of other things.
    package var storms: StormWatch?
    /// Where forms are taken in; nil takes none.
    package var desk: FormDesk?
    /// Where one-time links begin; nil sends texts without.
    package var linkBase: AnswerLinkBase?
    /// The kinds of contact that the gateways of this hub reach; all of them where it has none at all, which is said at
    /// start.
    package var servedKinds = Set(ContactKind.allCases)
    private var firstWaits: [ClinicID: (readAt: MonotonicTime, waits: PerUrgency<Duration?>?)] = [:]
    private var waitingForFirstWaits: [ClinicID: [CheckedContinuation<PerUrgency<Duration?>?, Never>]] = [:]
    private static let firstWaitsAge = Duration.seconds(10)
    private static let keptFirstWaits = 4_096
    private let broadcast: Broadcast
    let work: WorkSignal

    package init(
        store: Store, channels: ChannelTable, broadcast: Broadcast, work: WorkSignal,
        revocations: Revocations = Revocations()
    ) {
        self.revocations = revocations
        self.store = store
        self.channels = channels
        self.broadcast = broadcast
        self.work = work
    }

    /// Publishes a new alert and signals the work that it left.
    func took(_ raised: RaisedAlert) {
        guard !raised.isReplay else { return }
        counters.alertsRaised &+= 1
        if let clinic = raised.committed?.events.first?.clinic { storms?.noteRaise(in: clinic) }
        publish(raised.committed)
        if raised.hasMessage { work.send(.message) }
        if let dueAt = raised.dueAt { work.send(.timer(dueIn: dueAt.duration(since: raised.createdAt))) }
    }

    /// Timers were brought forward by another way than an advance.
    func timersMoved() { work.send(.timer(dueIn: .zero)) }

    /// Does what a member of staff wants with the alert; the caller has checked the right. Returns its status now.
    ///
    /// Every act but `escalate` may be repeated: the second time it succeeds and changes nothing.
    @discardableResult
    package func act(
        _ act: AlertAct, on alert: AlertID, _ context: TenantContext
    ) async throws(StoreError) -> AlertStatus {
        guard let user = context.actor.user else { throw .notFound(.user) }
        var context = context
        context.why = act.reason
        let input: EscalationInput
        switch act {
        case .acknowledge: input = .acknowledged(by: user)
        case .decline, .unaccept: input = .declined(by: user)
        case .progress: input = .workingOnIt(by: user)
        case .escalate: input = .escalateNow(by: user)
        case .close: input = .closed(by: user)
        case .reopen: input = .reopened(by: user)
        case .snooze(let until, _):
            let advance = try await store.escalations.snooze(alert, until: until, by: user, context)
            took(advance)
            return advance.status
        }
        let advance = try await advance(alert, input, context)
        if act == .acknowledge, advance.outcome == .applied { counters.alertsAcknowledged &+= 1 }
        // What the alert held back is called for at once.
        if act.kind == .close { timersMoved() }
        return advance.status
    }

    /// Moves a patient on; to where the patient is already changes nothing. Errors as `PatientStore.changeStatus`.
    package func changeStatus(
        of patient: PatientID, to status: PatientStatus, _ context: TenantContext
    ) async throws(StoreError) {
        publish(try await store.patients.changeStatus(of: patient, to: status, context).committed)
    }

    /// Revokes tokens: sockets of this process that show them end at once, those of others when they are told. Errors as
    /// `RevocationStore.revoke`.
    package func revoke(
        _ subject: Revocation.Subject, until expiresAt: Timestamp?, _ context: TenantContext
    ) async throws(StoreError) -> Revocation {
        let revocation = try await store.revocations.revoke(subject, until: expiresAt, context)
        revocations.add([revocation])
        return revocation
    }

    /// Revokes a producer's key: this process serves it no more, others when they are told. Errors as `APIKeyStore.revoke`.
    package func revoke(key: APIKeyID, _ context: TenantContext) async throws(StoreError) -> APIKeyRecord {
        let record = try await store.keys.revoke(key, context)
        if let revokedAt = record.revokedAt {
            revocations.add([
                Revocation(
                    clinic: context.clinic, subject: .token(APIKeyStore.tokenID(of: key)), revokedAt: revokedAt,
                    expiresAt: nil)
            ])
        }
        return record
    }

    /// Changes a member of staff; where that revokes tokens, sockets that show them end at once. Errors as
    /// `StaffStore.change`.
    package func change(
        _ user: UserID, _ change: StaffStore.Change, mayAcrossClinics: Bool, _ context: TenantContext
    ) async throws(StoreError) -> UserRecord {
        let changed = try await store.staff.change(
            user, change, mayAcrossClinics: mayAcrossClinics, store.vault, context)
        if let revocation = changed.revocation { revocations.add([revocation]) }
        return changed.user
    }

    /// Gives an alert any input, and tells everybody what came of it.
    package func advance(
        _ alert: AlertID, _ input: EscalationInput, _ context: TenantContext
    ) async throws(StoreError) -> EscalationStore.Advance {
        let advance = try await store.escalations.advance(alert, input, context)
        took(advance)
        return advance
    }

    /// Publishes what an advance committed and signals the work that it left.
    package func took(_ advance: EscalationStore.Advance) {
        publish(advance.committed)
        if advance.messageCount > 0 { work.send(.message) }
        if advance.outcome == .applied, let dueIn = advance.dueIn { work.send(.timer(dueIn: dueIn)) }
    }

    /// Tells the dispatcher what a gateway's callback says about the gateway.
    package func took(_ report: GatewayReport) { work.send(.report(report)) }

    /// There is a message that the dispatcher may send now.
    package func noteMessage() { work.send(.message) }

    /// How long the first step waits, by urgency, so that a screen can count down; nil if it cannot be read now.
    ///
    /// Up to 10 s old, and read by one for all who ask meanwhile: when all screens come back at once, they ask the
    /// database once.
    package func firstWaits(of clinic: ClinicID) async -> PerUrgency<Duration?>? {
        if let known = firstWaits[clinic], known.readAt.duration(to: .now()) < Self.firstWaitsAge { return known.waits }
        guard waitingForFirstWaits[clinic] == nil else {
            return await withCheckedContinuation { waitingForFirstWaits[clinic]?.append($0) }
        }
        waitingForFirstWaits[clinic] = []
        let waits = await readFirstWaits(of: clinic)
        for continuation in waitingForFirstWaits.removeValue(forKey: clinic) ?? [] {
            continuation.resume(returning: waits)
        }
        return waits
    }

    private func readFirstWaits(of clinic: ClinicID) async -> PerUrgency<Duration?>? {
        do {
            let waits = try await store.policies.active(.hub(in: clinic)).steps.first?.wait
            if firstWaits.count >= Self.keptFirstWaits { firstWaits.removeAll() }
            firstWaits[clinic] = (.now(), waits)
            return waits
        } catch {
            Log.warning("policy not readable", ["clinic": clinic.description])
            return nil
        }
    }

    /// A message waits for the dispatcher.
    package func messageWaits() { work.send(.message) }

    func publish(_ committed: CommittedEvents?) {
        guard let committed else { return }
        counters.eventsPublished &+= UInt64(committed.events.count)
        broadcast.publish(committed)
    }
}
