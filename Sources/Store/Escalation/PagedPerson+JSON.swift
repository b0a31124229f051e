import Clinic
import Escalation
import Wire

extension PagedPerson {
    /// The people of a step as `escalations.people` keeps them: `[{"user":"…","standing":"PAGED"}]`.
    static func json(_ people: [PagedPerson]) -> String {
        var json = JSONWriter()
        json.array { json in
            for person in people {
                json.object { json in
                    json.field("user", person.user.description)
                    json.field("standing", person.standing.rawValue)
                    if let target = person.target { json.field("target", object: { json in target.write(to: &json) }) }
                }
            }
        }
        return json.text
    }

    /// nil where the text is not as `json` writes it.
    static func people(_ text: [UInt8]) -> [PagedPerson]? {
        guard case .array(let elements)? = try? JSONReader.read(text) else { return nil }
        var people: [PagedPerson] = []
        for element in elements {
            guard case .object(let object) = element, case .string(let user)? = object["user"],
                case .string(let standing)? = object["standing"], let id = UserID(user),
                let known = Standing(rawValue: standing)
            else { return nil }
            var target: EscalationTarget?
            if case .object(let written)? = object["target"] { target = try? EscalationTarget(written) }
            people.append(PagedPerson(user: id, standing: known, target: target))
        }
        return people
    }
}
