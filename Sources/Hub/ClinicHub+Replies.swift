package import Clinic
import Platform
package import Store

/// Texts that people send: answers, and the carriers' own words.
extension ClinicHub {
    /// What became of a text.
    package enum TextOutcome: Sendable, Equatable {
        /// It was acted on before.
        case repeated
        case acted(AlertAct.Kind, AlertCode)
        /// The code is right, but the alert's state or the person's role does not allow it.
        case refused(AlertCode)
        /// No open alert of this code was sent to this phone.
        case wrongCode
        /// Too many wrong codes: the phone is not heard for a while.
        case locked
        /// Not an answer.
        case unreadable
        case stopped
        case started
        case helped

        /// For the inbox and the log.
        package var name: String {
            switch self {
            case .repeated: "REPEATED"
            case .acted(let act, _): "ACTED_\(act.rawValue.uppercased())"
            case .refused: "REFUSED"
            case .wrongCode: "WRONG_CODE"
            case .locked: "LOCKED"
            case .unreadable: "UNREADABLE"
            case .stopped: "STOPPED"
            case .started: "STARTED"
            case .helped: "HELPED"
            }
        }
    }

    /// Takes a text that a gateway signed for. Safe to repeat: each act is, and what was done is remembered behind it.
    package func take(_ text: InboundText, from gateway: String) async throws(StoreError) -> TextOutcome {
        if try await store.replies.isKnown(gateway: gateway, key: text.key) { return .repeated }
        let outcome: TextOutcome
        switch text.keyword {
        case .stop:
            try await change(.stop, text.from)
            outcome = .stopped
        case .start:
            try await change(.start, text.from)
            outcome = .started
        case .help: outcome = .helped
        case nil: outcome = try await answer(text)
        }
        try await store.replies.keep(gateway: gateway, key: text.key, outcome: outcome.name)
        Log.info("text received", ["gateway": gateway, "outcome": outcome.name])
        return outcome
    }

    /// Sends what became of a reply as a text of its own, where its gateway takes no answer with the callback.
    package func send(_ answer: PhoneAnswer, to phone: PhoneNumber) async throws(StoreError) {
        if try await store.replies.queue(answer, to: phone) { messageWaits() }
    }

    /// Opts the phone's contacts out or in again. Alerts that wait for whoever cannot be reached any more go on at once, and
    /// the clinics' screens are told.
    private func change(_ keyword: ContactStore.Keyword, _ phone: PhoneNumber) async throws(StoreError) {
        let changed = try await store.contacts.take(keyword, from: phone)
        for change in changed { await contactsChanged(of: change.user, in: change.clinic) }
        if keyword == .stop, !changed.isEmpty {
            Log.warning("a phone asked for silence", ["contacts": String(changed.count)])
        }
    }

    private func answer(_ text: InboundText) async throws(StoreError) -> TextOutcome {
        guard try await store.replies.standing(of: text.from) == .heard else { return .locked }
        guard let reply = PhoneReply(text.text) else { return .unreadable }
        try await store.contacts.seeDirectory()
        guard let replier = try await store.replies.replier(reply.code, from: text.from) else {
            guard try await store.replies.noteWrong(from: text.from) == .locked else { return .wrongCode }
            Log.warning("a phone is locked: too many wrong codes")
            for clinic in try await store.replies.clinics(of: text.from) { await checkReach(of: clinic) }
            return .locked
        }
        guard replier.role.has(reply.act.kind.right) else { return .refused(reply.code) }
        var context = TenantContext(clinic: replier.clinic, actor: .user(replier.user, replier.role))
        context.way = .text
        do {
            try await act(reply.act, on: replier.alert, context)
        } catch {
            guard case .refused = error else { throw error }
            return .refused(reply.code)
        }
        try await store.replies.forgive(text.from)
        return .acted(reply.act.kind, reply.code)
    }
}
