import Clinic
import Escalation

/// What the store does of a message's fate, as transactions.
extension SimulatedHub {
    /// `MessageStore.record`.
    func record(
        _ outcome: SubmissionOutcome, of claimed: ClaimedRow, done: @escaping (Result<Void, DatabaseFailure>) -> Void
    ) {
        let rows = { [LockedRow.attempt(claimed.attempt), .message(claimed.message)] }
        switch outcome {
        case .accepted(let providerID):
            sessions.once(
                by: self, rows: rows,
                { [tables] in
                    tables.recordAccepted(claimed, providerID: providerID)
                }, done: done)
        case .rejected(_, .some(let delay)):
            sessions.once(
                by: self, rows: rows,
                { [tables] in
                    tables.recordRetry(claimed, .rejected, after: delay)
                }, done: done)
        case .unknown(_, .some(let delay)):
            sessions.once(
                by: self, rows: rows,
                { [tables] in
                    tables.recordRetry(claimed, .unknown, after: delay)
                }, done: done)
        case .rejected(_, nil): fail(.rejected, claimed, done)
        case .unknown(_, nil): fail(.unknown, claimed, done)
        }
    }

    /// `MessageStore.fail`: the escalation goes on in the same transaction where the person cannot be reached any more.
    private func fail(
        _ state: DeliveryState, _ claimed: ClaimedRow, _ done: @escaping (Result<Void, DatabaseFailure>) -> Void
    ) {
        let row = claimed.waiting.message
        sessions.transact(
            by: self, rows: [.escalation(row.alert), .attempt(claimed.attempt), .message(row.id)],
            read: { [tables] _ in (tables.snapshot(row.alert), tables.effectOfEnd(claimed)) },
            decide: { [self] snapshot, effect -> Write<Advance?>? in
                let end = { [tables] in tables.recordEnd(claimed, state, effect) }
                let input = EscalationInput.contactsFailed(user: row.user, step: row.step, generation: row.generation)
                guard effect.moved, !effect.isHopeful,
                    let write = write(snapshot.plan(input), after: snapshot, input, with: end)
                else {
                    return Write {
                        end()
                        return nil
                    }
                }
                return Write(rows: write.rows) { write.apply() }
            },
            done: { [self] result in
                if case .success(let advance??) = result { took(advance) }
                done(result.map { _ in () })
            })
    }

    /// `CallbackStore.apply`: success is what the gateway is answered.
    func apply(_ word: GatewayWord, done: @escaping (Result<Void, DatabaseFailure>) -> Void) {
        sessions.once(by: self) { [tables] in
            tables.attempt(of: word)
        } done: { [self] result in
            switch result {
            case .failure(let failure): done(.failure(failure))
            case .success(nil):
                guard world.plant != .dropEarlyCallback else { return done(.success(())) }
                sessions.once(by: self, { [tables] in tables.keep(word) }, done: done)
            case .success(.some(let attempt)): apply(word, to: attempt, done)
            }
        }
    }

    private func apply(
        _ word: GatewayWord, to attempt: AttemptID, _ done: @escaping (Result<Void, DatabaseFailure>) -> Void
    ) {
        let message = tables[tables[attempt].message]
        sessions.transact(
            by: self,
            rows: [.escalation(message.alert), .received(word), .attempt(attempt), .message(message.id)],
            read: { [tables] _ in (tables.snapshot(message.alert), tables.effect(of: word, on: attempt)) },
            decide: { [self] snapshot, effect -> Write<Advance?>? in
                let end = { [tables] in tables.apply(word, effect) }
                guard let input = effect.input,
                    let write = write(snapshot.plan(input), after: snapshot, input, with: end)
                else {
                    return Write {
                        end()
                        return nil
                    }
                }
                return Write(rows: write.rows) { write.apply() }
            },
            done: { [self] result in
                if case .success(let advance??) = result { took(advance) }
                if case .success = result {
                    let after = tables.now.duration(since: tables[attempt].submittedAt)
                    dispatcher?.take(word.report, after: after, of: word.gateway)
                }
                done(result.map { _ in () })
            })
    }
}

/// What people ask of a hub besides.
extension SimulatedHub {
    /// `DeadLetterStore.replay`.
    func replay(_ message: MessageID) {
        let alert = tables[message].alert
        sessions.transact(
            by: self, rows: [.escalation(alert), .message(message)], read: { _ in },
            decide: { [tables] in
                Write { () -> Bool in
                    do throws(SimulatedDatabase.ReplayRefusal) {
                        try tables.replay(message)
                        return true
                    } catch {
                        return false
                    }
                }
            },
            done: { [self] result in
                if case .success(true?) = result { dispatcher?.look() }
            })
    }

    /// A screen's receipt: shown, by whoever stands before it.
    func noteSeen(_ alert: AlertID) {
        sessions.once(by: self) { [tables] in
            tables.noteSeen(alert)
        } done: { _ in
        }
    }
}
