/// The keys of RFC 7515 appendix A, as PEM, and keys that must not be taken.
enum Keys {
    /// Appendix A.3, the key on P-256.
    static let p256 = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjpsQnnGQmL+YBIff
        H1136cspYG6+0iY7X1fCE9+E9LKhRANCAAR/zc4ncPbEXUGDy+5v20t7WAczNXvp
        7xO6z248e9FURcfxRM0bvZt+hyzf7bnuufSzaV1uqQskrYpGIyiFiOWt
        -----END PRIVATE KEY-----
        """

    /// RSA of 1,024 bits.
    static let weak = """
        -----BEGIN PRIVATE KEY-----
        MIICdwIBADANBgkqhkiG9w0BAQEFAASCAmEwggJdAgEAAoGBAMVgFew5fuUxCh24
        io2qfPvBOcTvCPLOG8g4O1ypSOxmqQ6fNHfZ9fCkpRS+zoQ1L0Yh7puNQsVuaH8H
        U93m2lZ39CkPeiwKc5nYKhQBpRBRZthDk5LAgXKhECI/10Oz0prZpI1aJ+cePVHm
        5OTWv63fCi7fLW9ZF44uBmeDyfqbAgMBAAECgYEAjZu+ntkxfeaNR32bisCDI20i
        sXR+ixXtQN13WafrNhEBwgffcQ3kMl8uQZAUQy6VWFAIDXpwKY5pUppDRbXXd2et
        cWwKFmy/YQisvmN+gZRZrztm8ZpTy+Xn6QSmteLx0SRPHdITGXJmxPbvDM7B2oR2
        Cw1/+OPPexDFiW2W8mECQQDnt3DO2Leq7rBXjuTWlEK81STjbqPcQKIQLvrPL/p+
        PfMCqaeSpNIBmi43Db0bbeLpWifKgjWPcrfJ2dAyWVxNAkEA2g9UFmfnXfwjBIcF
        4DtOy5WUVgcGzAG2OiOPmdvdrrYbKg/FY5b35kGqKBOXKORJR/Yy7BoQBMp0Qida
        NsKGhwJAXeHkEdqap+XnisI5k3skgw+0z3UPbPi+8OGn+vQMgMOmxwhn/bFL6RxH
        50Rov0lJa5R8lL8m5kTrlBvtD8lG7QJAMtxcapV1m7BRop6zuidbK5UJ8j7VUQQd
        MtZUijiELln/YAIpsh7mV2h9fbeEDF+i0AwWuIcjsVpfX4a6PgeFRQJBAMIqNeYr
        eJESd5NHXrGcGjAIGGsuftX3kplJlpzWrudVbHYQI61ejQ9uavTfINa8HMWVoDAD
        ZZofErR/LDHgzEk=
        -----END PRIVATE KEY-----
        """

    /// The key of A.3 behind a password.
    static let locked = """
        -----BEGIN ENCRYPTED PRIVATE KEY-----
        MIH0MF8GCSqGSIb3DQEFDTBSMDEGCSqGSIb3DQEFDDAkBBBCoYLd7ZCydzmbT6D7
        uElMAgIIADAMBggqhkiG9w0CCQUAMB0GCWCGSAFlAwQBKgQQT5Yad2iUZ0ZYJktf
        eABWjgSBkAlmkQAS22I+KCJihwzAmkfUbaFH+O4/F+Z2VHUuqOYdqoKtXOiFFiRJ
        DgrBRbwk8pyCU+l2tGLGCHbFKDdsbjEKIFoBQw2Wj6uV8u+SuiX4hHDWvA5k1S+n
        +4l3seLeTDrrTx9xTQMDw2lLOXu5FhixR/NhqPBo3KErVB2I+AbOKUnjcv0hg0/u
        u8Ax+Z+4Ig==
        -----END ENCRYPTED PRIVATE KEY-----
        """
}
