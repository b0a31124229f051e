import Clinic
import Cryptography
import Outbound
import Platform
import TestSupport
import Testing
import Wire

@testable import API

@Suite("The issuer's keys")
struct KeyRingTests {
    private let now = WallTime(microseconds: 1_800_000_000_000_000)

    private var claims: [String: JSONValue] {
        [
            "iss": "https://issuer.example/", "aud": ["hub", "other"], "exp": .integer(1_800_000_100),
            "https://nexa.example/role": ["DOCTOR"],
            "https://nexa.example/clinic_id": "00000000-0000-4000-8000-000000000001",
            "https://nexa.example/user_id": "00000000-0000-4000-8000-000000000101",
        ]
    }

    private func authority(
        _ algorithms: Set<TokenAlgorithm>, _ ring: KeyRing, secret: [UInt8] = SecureRandom.bytes(32)
    ) throws -> TokenAuthority {
        var rules = TokenRules(issuer: "https://issuer.example/", audience: "hub", leewaySeconds: 0)
        rules.algorithms = algorithms
        rules.clinicClaim = "https://nexa.example/clinic_id"
        rules.userClaim = "https://nexa.example/user_id"
        rules.roleClaim = "https://nexa.example/role"
        return TokenAuthority(key: try HS256Key(secret), rules: rules, ring: ring)
    }

    private func set(_ keys: IssuerKeys...) throws -> JSONWebKeySet {
        try #require(JSONWebKeySet(IssuerKeys.set(keys.map(\.webKey))))
    }

    private func refusal(_ authority: TokenAuthority, _ token: String) -> TokenRefusal? {
        do {
            _ = try authority.verify(token, now: now)
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "a token of each algorithm is taken with its own key, by namespaced claims and a list of one role",
        arguments: [SignatureKind.rs256, .es256, .ed25519])
    func algorithms(kind: SignatureKind) throws {
        let key = try IssuerKeys(kind, id: "a")
        let authority = try authority([.rs256, .es256, .ed25519], KeyRing(fixed: try set(key)))
        let principal = try authority.verify(try key.sign(claims), now: now)
        #expect(principal.role == .doctor)
        #expect(principal.clinic.description == "00000000-0000-4000-8000-000000000001")
        var token = try key.sign(claims)
        token.removeLast(4)
        #expect(refusal(authority, token + "AAAA") == .badSignature)
    }

    @Test("an algorithm that is not on the list, and one that is not the key's, are refused")
    func confusion() throws {
        let key = try IssuerKeys(.rs256, id: "a")
        let ring = KeyRing(fixed: try set(key))
        #expect(refusal(try authority([.es256], ring), try key.sign(claims)) == .malformed)
        let open = try authority([.rs256, .es256, .ed25519, .hs256], ring)
        for algorithm in ["ES256", "EdDSA"] {
            #expect(refusal(open, try key.sign(claims, algorithm: algorithm)) == .unknownKey)
        }
        for algorithm in ["none", "RS384", "HS512", "rs256", ""] {
            #expect(refusal(open, try key.sign(claims, algorithm: algorithm)) == .malformed)
        }
        // The oldest trick: the public key, which everybody has, as the secret of an HMAC.
        let publicText = IssuerKeys.set([key.webKey])
        var payload = JSONWriter()
        payload.object { json in for (name, value) in claims { json.field(name, value: value) } }
        let forged = JWS.signHS256(
            header: Array(#"{"alg":"HS256","kid":"a"}"#.utf8), payload: payload.bytes, key: try HS256Key(publicText))
        #expect(refusal(open, forged) == .badSignature)
        #expect(refusal(try authority([.rs256], ring), forged) == .malformed)
    }

    @Test("a key is found by its id; without one only where there is no choice")
    func ids() throws {
        let first = try IssuerKeys(.ed25519, id: "a")
        let second = try IssuerKeys(.ed25519, id: "b")
        let both = try set(first, second)
        #expect(both.key("a", .ed25519) != both.key("b", .ed25519))
        #expect(both.key("c", .ed25519) == nil)
        #expect(both.key("a", .rs256) == nil)
        #expect(both.key(nil, .ed25519) == nil)
        #expect(try set(first).key(nil, .ed25519) != nil)
        let authority = try authority([.ed25519], KeyRing(fixed: both))
        #expect(refusal(authority, try first.sign(claims, keyID: "b")) == .badSignature)
        #expect(refusal(authority, try first.sign(claims, keyID: "c")) == .unknownKey)
    }

    @Test("keys of another use, another curve or another algorithm are passed over; a set without any is none")
    func sets() throws {
        let key = try IssuerKeys(.es256, id: "a").webKey
        func changed(_ change: [String: JSONValue]) -> JSONWebKeySet? {
            var json = JSONWriter()
            json.object { json in
                for name in ["kty", "crv", "x", "y", "kid", "use", "alg"] {
                    json.field(name, value: change[name] ?? key[name] ?? .null)
                }
            }
            return JSONWebKeySet(Array(#"{"keys":["#.utf8) + json.bytes + Array("]}".utf8))
        }
        #expect(changed([:])?.count == 1)
        for change: [String: JSONValue] in [
            ["use": "enc"], ["alg": "RS256"], ["crv": "P-384"], ["kty": "oct"], ["x": "AAAA"], ["y": .integer(7)],
            ["kid": .string(String(repeating: "k", count: 257))],
        ] {
            #expect(changed(change) == nil, "\(change)")
        }
        for text in ["", "[]", "{}", #"{"keys":7}"#, #"{"keys":[]}"#, #"{"keys":[7,{}]}"#] {
            #expect(JSONWebKeySet(Array(text.utf8)) == nil, "\(text)")
        }
        let many = try (0..<100).map { try IssuerKeys(.ed25519, id: "k\($0)").webKey }
        #expect(JSONWebKeySet(IssuerKeys.set(many))?.count == JSONWebKeySet.maximumKeys)
    }

    @Test("many who meet an unknown key wait for one fetch, and a flood of unknown ids fetches once an interval")
    func singleFlight() async throws {
        let fetches = Locked(0)
        var limits = KeyRing.Limits()
        limits.minimumInterval = .seconds(10)
        limits.maximumWaiting = 50
        let ring = KeyRing(limits: limits)
        ring.connect { fetches.withLock { $0 += 1 } }
        let start = MonotonicTime.now()
        async let waiters: [Bool] = withTaskGroup(of: Bool.self) { group in
            for _ in 0..<60 { group.addTask { await ring.refresh(now: start) } }
            // Those past the limit are refused at once; then the fetch ends for the others.
            var results: [Bool] = []
            for await result in group {
                results.append(result)
                if results.count == 10 { ring.take(JSONWebKeySet(), now: start) }
            }
            return results
        }
        let results = await waiters
        #expect(results.filter { !$0 }.count == 10)
        #expect(results.filter { $0 }.count == 50)
        #expect(fetches.withLock { $0 } == 1)
        for _ in 0..<1_000 { #expect(await ring.refresh(now: start.advanced(by: .seconds(9))) == false) }
        #expect(fetches.withLock { $0 } == 1)
        async let later = ring.refresh(now: start.advanced(by: .seconds(11)))
        while fetches.withLock({ $0 }) < 2 { await Task.yield() }
        ring.take(nil, now: start.advanced(by: .seconds(11)))
        #expect(await later)
    }

    @Test("while fetches fail the known keys hold, up to their age")
    func stale() throws {
        let key = try IssuerKeys(.ed25519, id: "a")
        var limits = KeyRing.Limits()
        limits.maximumAge = .seconds(100)
        let ring = KeyRing(limits: limits)
        let start = MonotonicTime.now()
        #expect(ring.find("a", .ed25519, now: start) == .noSet)
        ring.take(try set(key), now: start)
        ring.take(nil, now: start.advanced(by: .seconds(50)))
        guard case .key = ring.find("a", .ed25519, now: start.advanced(by: .seconds(100))) else {
            Issue.record("the key is gone")
            return
        }
        #expect(ring.find("a", .ed25519, now: start.advanced(by: .seconds(101))) == .noSet)
        #expect(ring.find("b", .ed25519, now: start) == .unknown)
    }

    @Test("the fetcher takes what the issuer publishes, keeps it where the issuer fails, and takes rotated keys")
    func fetcher() async throws {
        let issuer = try TestIssuer()
        defer { issuer.end() }
        let first = try IssuerKeys(.ed25519, id: "a")
        let second = try IssuerKeys(.es256, id: "b")
        issuer.publish([first])
        let url = issuer.keySetURL
        let ring = KeyRing()
        try await onLoop { reactor in
            let client = try OutboundClient(reactor: reactor)
            defer { client.close() }
            let fetcher = KeySetFetcher(reactor: reactor, client: client, ring: ring, url: url, interval: .seconds(600))
            await fetcher.start()
            #expect(ring.find("a", .ed25519) != .unknown && ring.find("a", .ed25519) != .noSet)
            issuer.setDown(true)
            #expect(ring.begin())
            fetcher.fetchForRing()
            #expect(await eventually(reactor) { issuer.fetches == 2 && ring.begin() })
            ring.take(nil)
            #expect(ring.find("b", .es256) == .unknown)
            #expect(ring.find("a", .ed25519) != .unknown)
            issuer.setDown(false)
            issuer.publish([second])
            #expect(ring.begin())
            fetcher.fetchForRing()
            #expect(await eventually(reactor) { ring.find("b", .es256) != .unknown })
            #expect(ring.find("a", .ed25519) == .unknown)
            fetcher.stop()
        }
    }
}
