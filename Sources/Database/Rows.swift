/// The rows that a statement returned: a copy in Swift's own memory, so it may be kept and may cross threads.
package struct Rows: Sendable {
    /// The columns' names, in order.
    package let columns: [String]
    /// How many rows an INSERT, UPDATE, DELETE or SELECT touched.
    package let affected: Int
    /// The server's word for what was done, such as `INSERT 0 1`.
    package let tag: String
    package let count: Int

    // All cells one after the other, row by row; `ends[n]` is where cell n ends, and `isNull[n]` tells null from empty.
    private let text: [UInt8]
    private let ends: [Int]
    private let isNull: [Bool]

    init(columns: [String], affected: Int, tag: String, count: Int, text: [UInt8], ends: [Int], isNull: [Bool]) {
        self.columns = columns
        self.affected = affected
        self.tag = tag
        self.count = count
        self.text = text
        self.ends = ends
        self.isNull = isNull
    }

    package var isEmpty: Bool { count == 0 }
    package var first: Row? { isEmpty ? nil : self[0] }

    /// The row at `index`, which must be below `count`.
    package subscript(index: Int) -> Row {
        precondition(index >= 0 && index < count, "a row is within the count")
        return Row(rows: self, index: index)
    }

    /// The bytes of a cell, nil if it is null.
    func cell(row: Int, column: Int) -> ArraySlice<UInt8>? {
        let cell = row * columns.count + column
        guard !isNull[cell] else { return nil }
        return text[(cell == 0 ? 0 : ends[cell - 1])..<ends[cell]]
    }
}

extension Rows: RandomAccessCollection {
    package var startIndex: Int { 0 }
    package var endIndex: Int { count }
}
