import Clinic
import Hub
import HubProtocol
import Platform
import Store
import Transport
import Wire

extension LiveSession {
    func take(_ message: ClientMessage) {
        let tag = message.tag
        guard let principal else {
            guard case .authenticate(let token) = message.body else {
                return refuse(tag, .unauthorized, "Send authenticate first.")
            }
            return authenticate(tag, token)
        }
        switch message.body {
        case .authenticate: refuse(tag, .badRequest, "This session is authenticated; use refresh for a new token.")
        case .refresh(let token): refresh(tag, token, of: principal)
        case .ping: send(.reply(tag: tag, .pong(serverTime: sessions.wallNow)))
        case .subscribe(let channel, let since): subscribe(tag, to: channel, since: since, as: principal)
        case .unsubscribe(let channel): unsubscribe(tag, from: channel)
        case .receipt(let channel, let seq, let stage):
            guard let subscription = subscriptions.first(where: { $0.clinic == channel.clinic }) else {
                return refuse(tag, .notFound, "There is no subscription to this channel.")
            }
            guard seq <= subscription.seq else {
                return refuse(tag, .badRequest, "No event with this seq has been sent yet.")
            }
            sessions.receipts.note(clinic: channel.clinic, seq: seq, stage: stage, user: principal.user, session: id)
        case .act(let act, let alert): take(tag, act, on: alert, as: principal)
        }
    }

    // MARK: Authentication

    private func authenticate(_ tag: MessageTag?, _ token: String, isAgain: Bool = false) {
        let bearer: Principal
        do {
            bearer = try sessions.authenticator.verify(token, now: .now())
        } catch {
            if !isAgain, error.mayPassWithOtherKeys {
                return fetchKeys(tag) { [self] in
                    if principal == nil { authenticate(tag, token, isAgain: true) }
                }
            }
            noteRefusal(.authenticate, error.auditOutcome)
            refuse(tag, .unauthorized, error.sentence)
            return end(error.sessionEnd)
        }
        guard takeSeat(of: bearer) else { return }
        principal = bearer
        sessions.logIns.note(bearer, from: connection?.peer, session: id.description, in: sessions.audit)
        send(.reply(tag: tag, .authenticated(expiresAt: Timestamp(bearer.expiresAt))))
        welcome()
    }

    /// Fetches the issuer's keys beside other messages, then goes on with `body`, if somebody is still there.
    private func fetchKeys(_ tag: MessageTag?, then body: @escaping () -> Void) {
        work(tag) { [self] in
            _ = await sessions.authenticator.fetchKeys()
            if isOpen { body() }
        }
    }

    private func refresh(_ tag: MessageTag?, _ token: String, of old: Principal, isAgain: Bool = false) {
        let new: Principal
        do {
            new = try sessions.authenticator.verify(token, now: .now())
        } catch {
            if !isAgain, error.mayPassWithOtherKeys {
                return fetchKeys(tag) { [self] in
                    if let principal { refresh(tag, token, of: principal, isAgain: true) }
                }
            }
            noteRefusal(.authenticate, error.auditOutcome)
            return refuse(tag, error == .expired ? .tokenExpired : .unauthorized, error.sentence)
        }
        guard new.user == old.user, new.clinic == old.clinic else {
            noteRefusal(.authenticate, "TOKEN_OF_ANOTHER")
            return refuse(tag, .permissionDenied, "The new token must be for the same user and clinic.")
        }
        principal = new
        isWarnedOfExpiry = false
        send(.reply(tag: tag, .authenticated(expiresAt: Timestamp(new.expiresAt))))
        if new.standing != old.standing { reauthorise() }
    }

    /// Ends the subscriptions that its bearer may have no more, and says so.
    func reauthorise() {
        guard let principal else { return }
        let lost = subscriptions.filter { !principal.mayHear($0.clinic) }
        subscriptions.removeAll { !principal.mayHear($0.clinic) }
        for subscription in lost { sessions.hub.channels.cancel(subscription) }
        let unanswered = subscribing.keys.filter { !principal.mayHear($0) }
        for clinic in unanswered { subscribing[clinic] = nil }
        for clinic in lost.map(\.clinic) + unanswered {
            noteRefusal(.subscribe, "PERMISSION_LOST")
            refuse(
                nil, .permissionDenied,
                "The subscription to \(ChannelName(clinic: clinic)) has ended: the new token does not permit it.")
        }
    }

    // MARK: Channels

    private func subscribe(_ tag: MessageTag?, to channel: ChannelName, since: Position?, as principal: Principal) {
        // Another clinic's channel and one that does not exist are answered alike.
        guard principal.mayHear(channel.clinic) else {
            noteRefusal(since == nil ? .subscribe : .resume, "NOT_PERMITTED")
            return refuse(tag, .unknownChannel, "There is no such channel for this token.")
        }
        guard subscribing[channel.clinic] == nil, !subscriptions.contains(where: { $0.clinic == channel.clinic })
        else { return refuse(tag, .alreadySubscribed, "This session is subscribed to the channel already.") }
        guard subscriptions.count + subscribing.count < sessions.limits.channels else {
            noteRefusal(.subscribe, "TOO_MANY_CHANNELS")
            return end(.tooManyChannels)
        }
        lastSubscribe &+= 1
        let request = lastSubscribe
        let isTaken = work(tag) { [self] in
            await finishSubscribing(
                tag, to: channel, since: since, as: auditEntry(since == nil ? .subscribe : .resume, of: principal),
                request: request)
            if subscribing[channel.clinic] == request { subscribing[channel.clinic] = nil }
        }
        if isTaken { subscribing[channel.clinic] = request }
    }

    private func finishSubscribing(
        _ tag: MessageTag?, to channel: ChannelName, since: Position?, as entry: AuditEntry, request: UInt32
    ) async {
        // Meanwhile the socket may have closed, or the client may have unsubscribed.
        var isWanted: Bool { isOpen && subscribing[channel.clinic] == request }
        let waits = await sessions.hub.firstWaits(of: channel.clinic)
        guard isWanted else { return }
        do throws(StoreError) {
            // Patients' names follow: who is given them is written down before.
            try await sessions.audit.record(entry)
        } catch {
            guard isWanted else { return }
            return refuse(tag, .internalError, "The subscription cannot be audited at the moment. Try again.")
        }
        guard isWanted else { return }
        do {
            _ = try await sessions.hub.channels.subscribe(self, to: channel.clinic, since: since) {
                start, subscription in
                guard isWanted else { return sessions.hub.channels.cancel(subscription) }
                subscriptions.append(subscription)
                tell(tag, channel, start, waits)
                sessions.noteStart(start)
            }
        } catch {
            guard isWanted else { return }
            refuse(tag, .internalError, "The events cannot be read at the moment. Try again.")
        }
    }

    /// How the stream starts.
    private func tell(
        _ tag: MessageTag?, _ channel: ChannelName, _ start: ChannelTable.Start, _ waits: PerUrgency<Duration?>?
    ) {
        switch start {
        case .recovered(let position):
            send(
                .subscribed(
                    Subscribed(
                        tag: tag, channel: channel, position: position, recovery: .recovered, firstWaits: waits)))
        case .snapshot(let snapshot): deliver(snapshot.frame(tag: tag, firstWaits: waits))
        }
    }

    /// Also ends a `subscribe` that is not answered yet; that one is then not answered by itself.
    private func unsubscribe(_ tag: MessageTag?, from channel: ChannelName) {
        guard subscribing.removeValue(forKey: channel.clinic) == nil else {
            return send(.reply(tag: tag, .unsubscribed(channel)))
        }
        guard let index = subscriptions.firstIndex(where: { $0.clinic == channel.clinic }) else {
            return refuse(tag, .notFound, "There is no subscription to this channel.")
        }
        sessions.hub.channels.cancel(subscriptions.remove(at: index))
        send(.reply(tag: tag, .unsubscribed(channel)))
    }

    // MARK: Alerts

    private func take(_ tag: MessageTag?, _ act: AlertAct, on alert: AlertID, as principal: Principal) {
        guard principal.has(act.kind.right) else {
            noteRefusal(.request, "NOT_PERMITTED")
            return refuse(tag, .permissionDenied, "The role \(principal.roleName) may not \(act.kind.phrase).")
        }
        var context = TenantContext(
            clinic: principal.clinic, actor: principal.actor,
            ipAddress: connection?.peer.description, sessionID: id.description)
        context.way = .screen
        work(tag) { [self] in
            do throws(StoreError) {
                let status = try await sessions.hub.act(act, on: alert, context)
                send(.reply(tag: tag, .acted(act.kind, alert, status: status)))
            } catch {
                let (code, text) = error.answerOnSocket
                refuse(tag, code, text)
            }
        }
    }
}
