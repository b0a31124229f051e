import Database
import Platform
import TestSupport
import Testing

@Suite("Values", .timeLimit(.minutes(1)))
struct ValueTests {
    private static let all = Statement(
        "all_forms",
        """
        SELECT $1::bigint AS integer, $2::float8 AS double, $3::boolean AS bool, $4::bytea AS bytes,
               $5::timestamptz AS time, $6::text[] AS texts, $7::uuid AS id, $8::text AS text
        """)

    @Test("come back as they went in")
    func roundTrip() async throws {
        try await withPool { _, pool, _ in
            let bytes = (0...255).map { UInt8($0) }
            let rows = try await pool.transaction(
                nil,
                [
                    Self.all(
                        .integer(Int64.min), 0.1, false, .bytes(bytes), .timestamp(microseconds: 1_763_633_730_123_456),
                        .array(["a", "b\"c\\d", "", "e,f"]), "0B8F0000-0000-4000-8000-000000000001", "grün 🩺")
                ])
            let row = try #require(rows[0].first)
            #expect(try row.int64("integer") == Int64.min)
            #expect(try row.double("double") == 0.1)
            #expect(try row.bool("bool") == false)
            #expect(try row.bytes("bytes") == bytes)
            #expect(try row.timestamp("time") == 1_763_633_730_123_456)
            #expect(try row.string("texts") == #"{a,"b\"c\\d","","e,f"}"#)
            #expect(try row.uuidText("id") == "0b8f0000-0000-4000-8000-000000000001")
            #expect(try row.string("text") == "grün 🩺")
            #expect(try row.string(7) == "grün 🩺")
        }
    }

    @Test("may be null, and empty is not null")
    func null() async throws {
        try await withPool { _, pool, _ in
            let rows = try await pool.transaction(
                nil, [Self.all(nil, nil, nil, .bytes([]), .timestamp(microseconds: nil), nil, nil, "")])
            let row = try #require(rows[0].first)
            #expect(try row.optionalInt64("integer") == nil)
            #expect(try row.optionalBool("bool") == nil)
            #expect(try row.optionalBytes("bytes") == [])
            #expect(try row.optionalTimestamp("time") == nil)
            #expect(try row.optionalString("text") == "")
            #expect(throws: DatabaseError.malformed("integer")) { try row.int64("integer") }
        }
    }

    @Test("of another form or name are refused by their column")
    func mismatch() async throws {
        try await withPool { _, pool, _ in
            let form = Statement("forms", "SELECT 'x' AS word, 'infinity'::timestamptz AS never")
            let rows = try await pool.transaction(nil, [form()])
            let row = try #require(rows[0].first)
            #expect(throws: DatabaseError.malformed("word")) { try row.int64("word") }
            #expect(throws: DatabaseError.malformed("word")) { try row.bool("word") }
            #expect(throws: DatabaseError.malformed("word")) { try row.bytes("word") }
            #expect(throws: DatabaseError.malformed("never")) { try row.timestamp("never") }
            #expect(throws: DatabaseError.malformed("absent")) { try row.string("absent") }
            #expect(throws: DatabaseError.malformed("column 9")) { try row.string(9) }
        }
    }

    @Test("times agree with the server's own arithmetic, before 1970, in leap years and far away")
    func times() async throws {
        try await withPool { _, pool, _ in
            let statement = Statement(
                "times",
                "SELECT $1::timestamptz AS time, (extract(epoch FROM $1::timestamptz) * 1000000)::bigint AS micros")
            let days: [Int64] = [
                -719_162, -141_428, -25_509, -1, 0, 58, 59, 60, 789, 11_016, 11_017, 20_777, 47_541, 47_542, 2_932_896,
            ]
            for day in days {
                for offset: Int64 in [-1, 0, 1, 43_200_000_001, 86_399_999_999] {
                    let micros = max(-62_135_596_800_000_000, day * 86_400_000_000 + offset)
                    let rows = try await pool.transaction(nil, [statement(.timestamp(microseconds: micros))])
                    #expect(try rows[0][0].timestamp("time") == micros)
                    #expect(try rows[0][0].int64("micros") == micros)
                }
            }
        }
    }

    @Test("a change tells how many rows it touched")
    func affected() async throws {
        try await withPool { _, pool, _ in
            let make = Statement("make_numbers", "CREATE TABLE numbers AS SELECT generate_series(1, 5) AS number")
            let delete = Statement("delete_numbers", "DELETE FROM numbers WHERE number > $1::int")
            _ = try await pool.transaction(nil, [make()])
            let rows = try await pool.transaction(nil, [delete(3)])
            #expect(rows[0].affected == 2)
            #expect(rows[0].tag == "DELETE 2")
            #expect(rows[0].isEmpty)
        }
    }
}
