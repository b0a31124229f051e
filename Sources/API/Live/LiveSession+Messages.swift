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
        case .acknowledge(let alert):
            guard principal.role.has(.acknowledgeAlert) else { return deny(tag, principal, "acknowledge alerts") }
            let context = context(of: principal)
            act(tag) { [self] () async throws(StoreError) in
                .acknowledged(alert, status: try await sessions.hub.acknowledge(alert, context))
            }
        case .decline(let alert):
            guard principal.role.has(.declineAlert) else { return deny(tag, principal, "decline alerts") }
            let context = context(of: principal)
            act(tag) { [self] () async throws(StoreError) in
                .declined(alert, status: try await sessions.hub.decline(alert, context))
            }
        }
    }

    // MARK: Authentication

    private func authenticate(_ tag: MessageTag?, _ token: String) {
        let bearer: Principal
        do {
            bearer = try sessions.tokens.verify(token, now: .now())
        } catch {
            refuse(tag, .unauthorized, error.sentence)
            return end(error == .expired ? .tokenExpired : .badToken)
        }
        guard takeSeat(of: bearer) else { return }
        principal = bearer
        send(.reply(tag: tag, .authenticated(expiresAt: Timestamp(bearer.expiresAt))))
        welcome()
    }

    private func refresh(_ tag: MessageTag?, _ token: String, of old: Principal) {
        let new: Principal
        do {
            new = try sessions.tokens.verify(token, now: .now())
        } catch {
            return refuse(tag, error == .expired ? .tokenExpired : .unauthorized, error.sentence)
        }
        guard new.user == old.user, new.clinic == old.clinic, new.role == old.role else {
            return refuse(tag, .permissionDenied, "The new token must be for the same user, clinic and role.")
        }
        principal = new
        isWarnedOfExpiry = false
        send(.reply(tag: tag, .authenticated(expiresAt: Timestamp(new.expiresAt))))
    }

    // MARK: Channels

    private func subscribe(_ tag: MessageTag?, to channel: ChannelName, since: Position?, as principal: Principal) {
        // Another clinic's channel and one that does not exist are answered alike.
        guard principal.role.has(.subscribeToClinic), channel.clinic == principal.clinic else {
            sessions.noteRefusal(of: channel, by: principal, session: id)
            return refuse(tag, .unknownChannel, "There is no such channel for this token.")
        }
        guard subscribing[channel.clinic] == nil, !subscriptions.contains(where: { $0.clinic == channel.clinic })
        else { return refuse(tag, .alreadySubscribed, "This session is subscribed to the channel already.") }
        guard subscriptions.count + subscribing.count < sessions.limits.channels else { return end(.tooManyChannels) }
        lastSubscribe &+= 1
        let request = lastSubscribe
        let isTaken = work(tag) { [self] in
            await finishSubscribing(tag, to: channel, since: since, request: request)
            if subscribing[channel.clinic] == request { subscribing[channel.clinic] = nil }
        }
        if isTaken { subscribing[channel.clinic] = request }
    }

    private func finishSubscribing(
        _ tag: MessageTag?, to channel: ChannelName, since: Position?, request: UInt32
    ) async {
        // Meanwhile the socket may have closed, or the client may have unsubscribed.
        var isWanted: Bool { isOpen && subscribing[channel.clinic] == request }
        let waits = await sessions.hub.firstWaits(of: channel.clinic)
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

    private func act(_ tag: MessageTag?, _ action: @escaping () async throws(StoreError) -> Reply) {
        work(tag) { [self] in
            do throws(StoreError) {
                send(.reply(tag: tag, try await action()))
            } catch {
                let (code, text) = error.answerOnSocket
                refuse(tag, code, text)
            }
        }
    }

    private func deny(_ tag: MessageTag?, _ principal: Principal, _ act: String) {
        refuse(tag, .permissionDenied, "The role \(principal.role.rawValue) may not \(act).")
    }

    private func context(of principal: Principal) -> TenantContext {
        TenantContext(
            clinic: principal.clinic, actor: .user(principal.user, principal.role),
            ipAddress: connection?.peer.description, sessionID: id.description)
    }
}
