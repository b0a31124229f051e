import Clinic
import Wire

extension RequestContext {
    /// The member of staff that the path names, and who asks: the same person, or one who may do this for others.
    ///
    /// Who may not is told so whether or not the person exists.
    func staff(to act: String) throws(Problem) -> (principal: Principal, user: UserID) {
        let principal = try authenticated()
        let user: UserID = try id("id", of: "user")
        if principal.user != user { try principal.require(.manageStaffReach, to: act) }
        return (principal, user)
    }

    /// The version that `If-Match` names, as the `ETag` of an answer had it: `"3"`; nil for `*`, any version.
    ///
    /// A change without it is refused: it would undo another one that its author has not seen.
    func expectedVersion() throws(Problem) -> Int? {
        let values = request.head.fields.all("If-Match")
        guard let value = values.first, values.count == 1 else {
            throw Problem(
                .preconditionRequired, "version-required",
                "If-Match must name the version that is changed: the ETag of the last answer, or *.", field: "If-Match")
        }
        if value == "*" { return nil }
        guard value.hasPrefix("\""), value.hasSuffix("\""), value.utf8.count >= 3,
            let version = Int(value.dropFirst().dropLast()), version > 0
        else {
            throw Problem(
                .preconditionFailed, "version-mismatch",
                "If-Match must be the ETag of an answer, such as \"3\"; this is another text.", field: "If-Match")
        }
        return version
    }
}

extension HTTPResponse {
    /// A JSON answer with the version that `If-Match` takes.
    static func json(_ status: HTTPStatus, _ body: [UInt8], version: Int) -> HTTPResponse {
        var response = HTTPResponse.json(status, body)
        response.fields.set("ETag", "\"\(version)\"")
        return response
    }
}
