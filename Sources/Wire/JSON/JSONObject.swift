/// The members of one JSON object, in the order they were written, each name once.
///
/// Two names are the same when Swift's `==` says so (canonical equivalence), which is stricter than RFC 8259 asks:
/// no two readers behind the hub can disagree about which member counts.
package struct JSONObject: Sendable {
    /// One name and its value.
    package struct Member: Equatable, Sendable {
        package let name: String
        package let value: JSONValue
    }

    /// The members in the order written.
    package private(set) var members: [Member] = []

    /// Where this object stands in the document, such as `policy.steps[2]`; empty at the top. Errors start with it.
    package internal(set) var path = ""

    // Built only for objects with many members, so that a hostile object costs linear time.
    private var positions: [String: Int]?
    private static let linearSearchLimit = 16

    package init() {}

    /// The value of `name`, or nil where the object has no such member (`null` is a value).
    package subscript(_ name: String) -> JSONValue? {
        position(of: name).map { members[$0].value }
    }

    /// Adds a member at the end; false, and no change, where the name is already there.
    @discardableResult
    package mutating func append(_ name: String, _ value: JSONValue) -> Bool {
        guard position(of: name) == nil else { return false }
        positions?[name] = members.count
        members.append(Member(name: name, value: value))
        if positions == nil, members.count > Self.linearSearchLimit {
            positions = Dictionary(uniqueKeysWithValues: members.indices.map { (members[$0].name, $0) })
        }
        return true
    }

    /// The full path of one of this object's fields, for an error.
    package func path(of name: String) -> String {
        path.isEmpty ? name : "\(path).\(name)"
    }

    private func position(of name: String) -> Int? {
        if let positions { return positions[name] }
        return members.firstIndex { $0.name == name }
    }
}

extension JSONObject: Equatable {
    /// Equal when the same names hold the same values in the same order; where the object stood does not matter.
    package static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.members == right.members
    }
}
