import Outbound
import Platform
import Wire

/// FCM's HTTP v1 API with the device behind it: a delivered message is reported by its app. The access tokens come from
/// `/token`, which believes any assertion.
struct LocalFCM: LocalDialect {
    private static let tokenPrefix = "local-"

    var name: String { "fcm" }

    /// The answer of `/token`.
    static func token(_ id: String) -> HTTPResponse {
        var json = JSONWriter()
        json.object { json in
            json.field("access_token", tokenPrefix + id)
            json.field("expires_in", 3_599)
            json.field("token_type", "Bearer")
        }
        return .json(.ok, json.bytes)
    }

    func text(of request: HTTPRequest, id: String, at now: WallTime) throws(LocalGatewayError) -> SentText? {
        guard request.head.path.hasPrefix("/v1/projects/"), request.head.path.hasSuffix("/messages:send") else {
            return nil
        }
        guard request.head.method == .post else { throw .methodNotAllowed }
        guard request.head.credentials(scheme: "Bearer")?.hasPrefix(Self.tokenPrefix) == true else {
            throw .unauthorized
        }
        guard let message = (try? JSONReader.readObject(request.body))?["message"],
            let token = message["token"]?.stringValue, let data = message["data"], let text = data["text"]?.stringValue
        else { throw .badRequest(400, "INVALID_ARGUMENT") }
        let url = data["receipt"]?.stringValue
        return SentText(
            sid: "local-\(id)", dialect: name, accountSid: "", at: now, to: token, from: "", body: text,
            callbackURL: url, attempt: SentText.attempt(inQueryOf: url))
    }

    func accepted(_ text: SentText) -> HTTPResponse {
        var json = JSONWriter()
        json.object { json in json.field("name", "projects/local/messages/\(text.sid)") }
        return .json(.ok, json.bytes)
    }

    func refusal(_ error: LocalGatewayError) -> HTTPResponse {
        let code: String? =
            switch (error.kind, error.status) {
            case (.invalidNumber, _): "INVALID_ARGUMENT"
            case (.optedOut, _): "UNREGISTERED"
            case (_, .tooManyRequests): "QUOTA_EXCEEDED"
            case (_, .unauthorized): nil
            default: "INTERNAL"
            }
        return error.response { json in
            json.field(
                "error",
                object: { json in
                    json.field("code", error.status.rawValue)
                    json.field(
                        "details",
                        array: { json in
                            guard let code else { return }
                            json.object { json in
                                json.field("@type", "type.googleapis.com/google.firebase.fcm.v1.FcmError")
                                json.field("errorCode", code)
                            }
                        })
                })
        }
    }

    func callback(_ callback: PlannedCallback, of text: SentText, at now: WallTime) -> OutboundRequest? {
        guard callback.status == "delivered", let url = text.callbackURL else { return nil }
        return .json(url, Array(#"{"state":"DELIVERED"}"#.utf8))
    }
}
