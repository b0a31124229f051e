import Clinic
import Cryptography
import Platform
import Testing
import Wire

@testable import API

@Suite struct TokenAuthorityTests {
    private static let secret = Array("0123456789abcdef0123456789abcdef".utf8)
    private let key: HS256Key
    private let authority: TokenAuthority
    private let now = WallTime(microseconds: 1_800_000_000_000_000)

    init() throws {
        key = try HS256Key(Self.secret)
        authority = TokenAuthority(key: key, issuer: "alert-hub", audience: "screens", leewaySeconds: 30)
    }

    private var claims: [String: JSONValue] {
        [
            "iss": "alert-hub", "aud": "screens", "exp": .integer(1_800_000_100), "role": "DOCTOR",
            "clinic_id": "00000000-0000-4000-8000-000000000001", "user_id": "00000000-0000-4000-8000-000000000101",
        ]
    }

    private func token(
        _ change: [String: JSONValue?] = [:], header: String = #"{"alg":"HS256","typ":"JWT"}"#, key: HS256Key? = nil
    ) -> String {
        var claims = claims
        for (name, value) in change { claims[name] = value }
        var json = JSONWriter()
        json.object { json in for (name, value) in claims { json.field(name, value: value) } }
        return JWS.signHS256(header: Array(header.utf8), payload: json.bytes, key: key ?? self.key)
    }

    private func refusal(_ token: String) -> TokenRefusal? {
        do {
            _ = try authority.verify(token, now: now)
            return nil
        } catch {
            return error
        }
    }

    @Test("a good token says who bears it") func good() throws {
        let principal = try authority.verify(token(["jti": "t-1"]), now: now)
        #expect(principal.role == .doctor)
        #expect(principal.user.description == "00000000-0000-4000-8000-000000000101")
        #expect(principal.clinic.description == "00000000-0000-4000-8000-000000000001")
        #expect(principal.expiresAt.secondsSince1970 == 1_800_000_100)
        #expect(principal.tokenID == "t-1")
    }

    @Test("a token that this hub mints is one that it takes") func minted() throws {
        let principal = try authority.verify(
            token(["jti": "t-1", "iat": .integer(now.secondsSince1970)]), now: now)
        #expect(principal.issuedAt == now)
        #expect(try authority.verify(authority.mint(principal, name: "A \"B\"", now: now), now: now) == principal)
    }

    @Test("every token that this hub mints has an id of its own, and says when it was issued") func ids() throws {
        let principal = try authority.verify(token(), now: now)
        #expect(principal.tokenID == nil && principal.issuedAt == nil)
        let minted = try (0..<2).map { _ in try authority.verify(authority.mint(principal, now: now), now: now) }
        #expect(Set(minted.compactMap(\.tokenID)).count == 2)
        #expect(minted.allSatisfy { $0.issuedAt == now })
    }

    @Test("an id or a time of issue that cannot be read is refused, or the token could not be revoked") func wrongIDs()
    {
        for id: JSONValue? in ["", .integer(1), .string(String(repeating: "x", count: 129)), .bool(true)] {
            #expect(refusal(token(["jti": id])) == .claim("jti"))
        }
        for time: JSONValue? in ["1800000000", .integer(-1), .bool(true)] {
            #expect(refusal(token(["iat": time])) == .claim("iat"))
        }
    }

    @Test("the vector of RFC 7515 A.1 is signed right, and is not for us") func vector() throws {
        let secret = try #require(
            Base64.decodeURL("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"))
        let authority = TokenAuthority(
            key: try HS256Key(secret), issuer: "joe", audience: "screens", leewaySeconds: 0)
        let text =
            "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
            + "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
            + "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        #expect(throws: TokenRefusal.wrongAudience) {
            try authority.verify(text, now: WallTime(microseconds: 1_300_819_379_000_000))
        }
        #expect(throws: TokenRefusal.expired) {
            try authority.verify(text, now: WallTime(microseconds: 1_300_819_380_000_000))
        }
        #expect(throws: TokenRefusal.badSignature) {
            try authority.verify(text.dropLast() + "g", now: WallTime(microseconds: 1_300_819_379_000_000))
        }
    }

    @Test(
        "the algorithm is the key's, never the token's choice",
        arguments: [
            #"{"alg":"none"}"#, #"{"alg":"None"}"#, #"{"alg":"RS256"}"#, #"{"alg":"HS512"}"#, #"{"alg":"hs256"}"#,
            #"{"alg":["HS256"]}"#, #"{"alg":null}"#, #"{}"#, #"[]"#, #""HS256""#, #"{"alg":"none","alg":"HS256"}"#,
            #"{"alg":"HS256","crit":["b64"],"b64":false}"#, #"{"alg":"HS256","crit":[]}"#,
        ])
    func algorithm(header: String) { #expect(refusal(token(header: header)) == .malformed) }

    @Test("a token without a signature, or with one of another key, is refused") func signature() throws {
        let parts = token().split(separator: ".")
        #expect(refusal("\(parts[0]).\(parts[1]).") == .malformed)
        #expect(refusal("\(parts[0]).\(parts[1])") == .malformed)
        #expect(refusal(token(key: try HS256Key(Self.secret.reversed()))) == .badSignature)
        #expect(
            refusal("\(parts[0]).\(token(["role": "ADMIN"]).split(separator: ".")[1]).\(parts[2])") == .badSignature)
    }

    @Test(
        "what is no token is refused",
        arguments: [
            "", ".", "..", "...", "a.b.c", "a.b.c.d", "e30.e30.e30", "🏥.🏥.🏥", "e30=.e30=.e30=", "e 30.e30.e30",
            String(repeating: "A", count: 100_000), String(repeating: "A.", count: 5_000),
        ])
    func malformed(text: String) { #expect(refusal(text) == .malformed) }

    @Test("issuer and audience must be ours") func issuerAndAudience() {
        for issuer: JSONValue? in ["other", nil, .null, .array(["alert-hub"]), "alert-hub "] {
            #expect(refusal(token(["iss": issuer])) == .wrongIssuer)
        }
        for audience: JSONValue? in ["other", nil, .array([]), .array(["a", "b"]), .integer(1)] {
            #expect(refusal(token(["aud": audience])) == .wrongAudience)
        }
        #expect(refusal(token(["aud": .array(["a", "screens"])])) == nil)
    }

    @Test("times are held with the leeway, to the second") func times() {
        let second = now.secondsSince1970
        #expect(refusal(token(["exp": .integer(second - 29)])) == nil)
        #expect(refusal(token(["exp": .integer(second - 30)])) == .expired)
        #expect(refusal(token(["exp": .number(Double(second) + 0.5)])) == nil)
        #expect(refusal(token(["nbf": .integer(second + 30)])) == nil)
        #expect(refusal(token(["nbf": .integer(second + 31)])) == .notYetValid)
        for value: JSONValue? in [nil, .null, "1800000100", .integer(-1), .number(-0.5), .bool(true)] {
            #expect(refusal(token(["exp": value])) == .claim("exp"))
        }
        #expect(refusal(token(["nbf": "soon"])) == .claim("nbf"))
    }

    @Test(
        "a time beyond all calendars is the last that can be written",
        arguments: [
            JSONValue.integer(.max), .integer(253_402_300_800), .number(1e300),
        ])
    func farFuture(expiry: JSONValue) throws {
        let principal = try authority.verify(token(["exp": expiry]), now: now)
        #expect(Timestamp(principal.expiresAt).rfc3339 == "9999-12-31T23:59:59.000Z")
    }

    @Test("who it is for must be whole", arguments: ["clinic_id", "user_id", "role"])
    func identity(claim: String) {
        for value: JSONValue? in [nil, .null, .integer(1), "", "x", "{00000000-0000-4000-8000-000000000001}"] {
            #expect(refusal(token([claim: value])) == .claim(claim))
        }
    }

    @Test("a refusal's words hold nothing of the token") func words() {
        let all: [TokenRefusal] = [
            .missing, .malformed, .badSignature, .expired, .notYetValid, .wrongIssuer, .wrongAudience,
            .claim("clinic_id"), .revoked,
        ]
        // They are sent as a close frame's reason too, which has 123 bytes.
        #expect(all.allSatisfy { (1...123).contains($0.sentence.utf8.count) })
    }
}
