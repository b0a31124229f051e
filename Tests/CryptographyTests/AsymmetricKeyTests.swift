import Cryptography
import TestSupport
import Testing

@Suite("Asymmetric keys")
struct AsymmetricKeyTests {
    private static func bytes(_ text: String) throws -> [UInt8] { try #require(Hex.decode(text)) }
    private static func url(_ text: String) throws -> [UInt8] { try #require(Base64.decodeURL(text)) }

    @Test(
        "The vectors of RFC 8032 section 7.1",
        arguments: [
            (
                "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
            ),
            (
                "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
                "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
            ),
            (
                "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
                "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
                "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
            ),
        ])
    func ed25519(seed: String, publicKey: String, message: String, signature: String) throws {
        let key = try #require(try PrivateKey(ed25519Seed: Self.bytes(seed)))
        let expected = try #require(try PublicKey(ed25519: Self.bytes(publicKey)))
        #expect(key.publicKey == expected)
        #expect(try expected.ed25519Bytes == Self.bytes(publicKey))
        let message = try Self.bytes(message)
        let signature = try Self.bytes(signature)
        #expect(try key.signature(of: message) == signature)
        #expect(expected.isSignature(signature, of: message))
        for index in signature.indices {
            var forged = signature
            forged[index] ^= 1
            #expect(!expected.isSignature(forged, of: message))
        }
        #expect(!expected.isSignature(signature, of: message + [0]))
        #expect(!expected.isSignature(Array(signature.dropLast()), of: message))
        #expect(!expected.isSignature(signature + [0], of: message))
        #expect(!expected.isSignature([], of: message))
    }

    @Test("The example of RFC 7515 A.2 is signed alike and verifies (RS256)")
    func rs256() throws {
        let key = try #require(PrivateKey(pem: Array(RSAKey.pem.utf8)))
        #expect(key.kind == .rs256)
        let token = try JWS.sign(
            header: Array(#"{"alg":"RS256"}"#.utf8),
            payload: Array("{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}".utf8),
            key: key)
        #expect(
            token.split(separator: ".").last
                == "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
        )
        let jws = try #require(JWS.split(token))
        #expect(jws.isSigned(by: key.publicKey))
        let fromWebKey = try PublicKey(rsaModulus: Self.url(Self.modulus), exponent: [1, 0, 1])
        #expect(fromWebKey == key.publicKey)
        #expect(try PublicKey(rsaModulus: [0, 0] + Self.url(Self.modulus), exponent: [0, 1, 0, 1]) == key.publicKey)
        #expect(try !#require(JWS.split("e30.e30." + token.split(separator: ".")[2])).isSigned(by: key.publicKey))
    }

    private static let modulus =
        "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"

    @Test("The example of RFC 7515 A.3 verifies (ES256), a fresh signature too, and neither in DER's form")
    func es256() throws {
        let token =
            "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
        let jws = try #require(JWS.split(token))
        let x = try Self.url("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU")
        let y = try Self.url("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")
        let key = try #require(PublicKey(p256X: x, y: y))
        #expect(key.kind == .es256)
        #expect(jws.isSigned(by: key))
        let pair = try #require(PrivateKey(pem: Array(Keys.p256.utf8)))
        #expect(pair.publicKey == key)
        // r and s begin with zeros now and then: many are tried.
        for round in 0..<300 {
            let message = Array("message \(round)".utf8)
            let signature = try pair.signature(of: message)
            #expect(signature.count == 64)
            #expect(key.isSignature(signature, of: message))
            #expect(!key.isSignature(signature, of: message + [0]))
        }
        #expect(PublicKey(p256X: x, y: x) == nil)
        #expect(PublicKey(p256X: Array(x.dropFirst()), y: y) == nil)
        #expect(!key.isSignature([UInt8](repeating: 0, count: 64), of: []))
    }

    @Test("One kind of key never verifies another kind's signature")
    func kinds() throws {
        let rsa = try #require(PrivateKey(pem: Array(RSAKey.pem.utf8)))
        let p256 = try #require(PrivateKey(pem: Array(Keys.p256.utf8)))
        let ed = try #require(PrivateKey(ed25519Seed: [UInt8](repeating: 7, count: 32)))
        let all = [rsa, p256, ed]
        for signer in all {
            let signature = try signer.signature(of: [1])
            for verifier in all where verifier.kind != signer.kind {
                #expect(!verifier.publicKey.isSignature(signature, of: [1]))
            }
        }
    }

    @Test(
        "Weak keys, keys behind a password, certificates and anything else are refused, without a question on the terminal"
    )
    func refused() {
        for text in [Keys.weak, Keys.locked, "", "x", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"] {
            #expect(PrivateKey(pem: Array(text.utf8)) == nil)
            #expect(PublicKey(pem: Array(text.utf8)) == nil)
        }
        #expect(PublicKey(pem: Array(RSAKey.pem.utf8)) == nil)
        #expect(PrivateKey(ed25519Seed: [1]) == nil)
        #expect(PublicKey(ed25519: [UInt8](repeating: 0, count: 31)) == nil)
    }

    @Test("A private key does not print")
    func silent() throws {
        let key = try #require(PrivateKey(pem: Array(Keys.p256.utf8)))
        var text = "\(key) \(String(reflecting: key))"
        dump(key, to: &text)
        #expect(!text.contains("bytes") && !text.contains("PRIVATE"))
    }
}
