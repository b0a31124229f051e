import Clinic
import Cryptography
import Outbound
import Platform
import Wire

/// The access token of a service account (RFC 7523): asked for once, however many wait for it, kept until five minutes
/// before its end, and thrown away when it is refused. Any thread; each call stays on its loop.
final class AccessTokenSource: Sendable {
    /// No token: why, as the submission's outcome. Nothing was sent.
    struct Failure: Error, Equatable {
        let error: DeliveryError
    }

    private enum State {
        case none
        case asking([CheckedContinuation<Result<String, Failure>, Never>])
        case held(String, until: MonotonicTime)
    }

    private let account: ServiceAccount
    private let state = Locked(State.none)
    private static let scope = "https://www.googleapis.com/auth/firebase.messaging"
    private static let lifetimeSeconds: Int64 = 3_600
    private static let margin = Duration.seconds(300)

    init(_ account: ServiceAccount) { self.account = account }

    /// A token that is good for some minutes more; asks for one where there is none.
    func token(
        at now: Timestamp, through client: OutboundClient, deadline: Duration
    ) async -> Result<String, Failure> {
        enum Step { case use(String), wait, ask }
        let step: Step = state.withLock { state in
            switch state {
            case .held(let token, let until) where MonotonicTime.now() < until: return .use(token)
            case .asking: return .wait
            case .held, .none:
                state = .asking([])
                return .ask
            }
        }
        switch step {
        case .use(let token): return .success(token)
        case .wait: return await waited()
        case .ask:
            let result = await ask(at: now, through: client, deadline: deadline)
            finish(result)
            return result.map(\.token)
        }
    }

    /// Forgets a token that was refused; a newer one stays.
    func forget(_ token: String) {
        state.withLock { state in
            if case .held(token, _) = state { state = .none }
        }
    }

    private func waited() async -> Result<String, Failure> {
        await withCheckedContinuation { continuation in
            let known: Result<String, Failure>? = state.withLock { state in
                switch state {
                case .asking(let waiting):
                    state = .asking(waiting + [continuation])
                    return nil
                case .held(let token, _): return .success(token)
                // It failed in between; who asks again next finds out why.
                case .none: return .failure(Failure(error: DeliveryError(.transient, code: "noAccessToken")))
                }
            }
            if let known { continuation.resume(returning: known) }
        }
    }

    private func finish(_ result: Result<Granted, Failure>) {
        let waiting: [CheckedContinuation<Result<String, Failure>, Never>] = state.withLock { state in
            guard case .asking(let waiting) = state else { return [] }
            switch result {
            case .success(let granted): state = .held(granted.token, until: granted.until)
            case .failure: state = .none
            }
            return waiting
        }
        for continuation in waiting { continuation.resume(returning: result.map(\.token)) }
    }

    // MARK: Asking

    private struct Granted {
        let token: String
        let until: MonotonicTime
    }

    private func ask(
        at now: Timestamp, through client: OutboundClient, deadline: Duration
    ) async -> Result<Granted, Failure> {
        guard let request = try? request(at: now) else {
            return .failure(Failure(error: DeliveryError(.configuration, code: "assertion")))
        }
        let began = MonotonicTime.now()
        switch await client.perform(request, deadline: deadline) {
        case .response(let response) where response.isSuccess:
            guard let document = try? JSONReader.readObject(response.body),
                let token = document["access_token"]?.stringValue, (1...4_096).contains(token.utf8.count),
                token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
            else { return .failure(Failure(error: DeliveryError(.transient, code: "accessToken"))) }
            let seconds = min(max(document["expires_in"]?.integerValue ?? 0, 0), Self.lifetimeSeconds)
            return .success(Granted(token: token, until: began.advanced(by: .seconds(seconds) - Self.margin)))
        case .response(let response):
            // A refused assertion is a wrong key or clock; the rest passes.
            let kind: DeliveryError.Class =
                response.status == 429
                ? .rateLimited(retryAfter: response.retryAfter) : response.isRefusal ? .configuration : .transient
            return .failure(Failure(error: DeliveryError(kind, code: "oauth\(response.status)")))
        // A token that was given out and lost is nobody's message.
        case .notSent(let failure), .outcomeUnknown(let failure):
            return .failure(Failure(error: DeliveryError(.transient, code: failure.code)))
        }
    }

    private func request(at now: Timestamp) throws(CryptographyError) -> OutboundRequest {
        let seconds = now.microseconds / 1_000_000
        var header = JSONWriter()
        header.object { json in
            json.field("alg", "RS256")
            json.field("typ", "JWT")
            json.field("kid", account.keyID)
        }
        var claims = JSONWriter()
        claims.object { json in
            json.field("iss", account.clientEmail)
            json.field("scope", Self.scope)
            json.field("aud", account.tokenURL)
            json.field("iat", seconds)
            json.field("exp", seconds + Self.lifetimeSeconds)
        }
        let assertion = try JWS.sign(header: header.bytes, payload: claims.bytes, key: account.key)
        let form = URLEncodedForm([
            .init(name: "grant_type", value: "urn:ietf:params:oauth:grant-type:jwt-bearer"),
            .init(name: "assertion", value: assertion),
        ])
        return OutboundRequest(
            .post, account.tokenURL,
            headers: [
                HeaderField("Content-Type", "application/x-www-form-urlencoded"),
                HeaderField("Accept", "application/json"),
            ], body: form.encoded)
    }
}
