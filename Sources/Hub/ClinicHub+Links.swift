package import Clinic
import Escalation
import Platform
package import Store

/// One-time links, by which a phone answers.
extension ClinicHub {
    /// The link that a text may carry; nil where it asks for no answer, where no links are configured, and where none can be
    /// kept at the moment: the text goes out all the same.
    func link(for message: ClaimedMessage) async -> AnswerLink? {
        guard let linkBase, message.template.asksForAnswer else { return nil }
        do {
            return linkBase.link(try await store.links.make(for: message))
        } catch {
            Log.warning("text without a link", ["message": message.message.description, "error": error.logName])
            return nil
        }
    }

    /// Answers by a one-time link, once; the caller has opened the link and checked the right.
    package func answer(
        _ token: AnswerToken, _ opened: AnswerLinkStore.Opened, _ act: AlertAct, _ context: TenantContext
    ) async throws(StoreError) -> AnswerLinkStore.Answer {
        let input: EscalationInput =
            act == .acknowledge ? .acknowledged(by: opened.user) : .declined(by: opened.user)
        let answer = try await store.links.answer(token, opened, input, as: act.kind.rawValue, context)
        if case .done(let advance) = answer {
            took(advance)
            if act == .acknowledge, advance.outcome == .applied { counters.alertsAcknowledged &+= 1 }
        }
        return answer
    }
}
