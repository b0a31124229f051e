package import Clinic
package import Wire

extension HTTPClient {
    /// Uploads a form's image.
    package func upload(
        _ image: [UInt8], type: FormFileType = .jpeg, key: String? = nil, patient: String? = nil
    ) throws -> HTTPResponse {
        let (body, contentType) = FormDrawing.upload(image, type: type, patient: patient)
        var fields: HTTPFields = ["Content-Type": contentType]
        if let key { fields.set("Idempotency-Key", key) }
        return try send(.post, "/api/v1/intake/upload", body: body, fields: fields)
    }

    /// Uploads a form that must be taken; its id.
    package func uploaded(_ image: [UInt8], key: String? = nil) throws -> String {
        let response = try upload(image, key: key)
        guard response.status == .created, let id = response.json["formId"]?.stringValue else {
            throw ClientFailure.malformed("\(response.status) \(response.text)")
        }
        return id
    }

    /// Where a form stands.
    package func form(_ id: String) throws -> JSONValue {
        let response = try get("/api/v1/intake/\(id)/status")
        guard response.status == .ok else { throw ClientFailure.malformed("\(response.status) \(response.text)") }
        return response.json
    }

    /// Waits until a form has left the machine's hands.
    package func processed(_ id: String, within limit: Duration = .seconds(60)) throws -> JSONValue {
        var last = JSONValue.null
        let isOver = try poll(within: limit) {
            last = try form(id)
            return ["EXTRACTED", "ERROR"].contains(last["status"]?.stringValue)
        }
        guard isOver else { throw ClientFailure.timedOut("form \(id)") }
        return last
    }
}
