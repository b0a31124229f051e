package import Platform

/// What each key (an address, a user, a clinic) has open and may still do. A plain value in bounded memory.
///
/// A key is remembered while it has something open, and after that until its buckets are full again. Where there is no
/// more room, those that have nothing open are forgotten early, all at once: they begin with full buckets when they come
/// back, and what is open is never miscounted. A new key is refused only where all others have something open.
package struct LimitTable<Key: Hashable & Sendable>: Sendable {
    /// What one key may have and do.
    package struct Limits: Sendable, Equatable {
        /// Open at a time.
        package var open: Int
        package var openings: TokenBucket.Rate
        package var messages: TokenBucket.Rate

        package init(open: Int, openings: TokenBucket.Rate, messages: TokenBucket.Rate) {
            self.open = open
            self.openings = openings
            self.messages = messages
        }
    }

    /// Why a key may not go on now.
    package enum Refusal: Sendable, Equatable {
        case tooManyOpen
        case tooManyOpenings
        case tooManyMessages
    }

    private struct Entry {
        var open = 0
        var openings: TokenBucket
        var messages: TokenBucket
    }

    private let limits: Limits
    private let capacity: Int
    private var entries: [Key: Entry] = [:]

    /// - Parameter capacity: keys that are remembered; more than can have something open at a time.
    package init(_ limits: Limits, capacity: Int) {
        self.limits = limits
        self.capacity = max(1, capacity)
    }

    /// Keys that are remembered now.
    package var count: Int { entries.count }

    package func openCount(of key: Key) -> Int { entries[key]?.open ?? 0 }

    /// Counts one that opens; nil if it may. One that is refused is not counted, and takes nothing from a bucket.
    package mutating func open(_ key: Key, now: MonotonicTime) -> Refusal? {
        var entry = entry(of: key, now: now)
        guard entry.open < limits.open, makeRoom(for: key, now: now) else { return .tooManyOpen }
        guard entry.openings.take(limits.openings, now: now) else { return .tooManyOpenings }
        entry.open += 1
        entries[key] = entry
        return nil
    }

    /// One that was opened is closed.
    package mutating func close(_ key: Key) {
        guard let entry = entries[key], entry.open > 0 else { return }
        entries[key]?.open -= 1
    }

    /// Counts a message; nil if it may be.
    package mutating func take(_ key: Key, now: MonotonicTime) -> Refusal? {
        var entry = entry(of: key, now: now)
        guard entry.messages.take(limits.messages, now: now), makeRoom(for: key, now: now) else {
            return .tooManyMessages
        }
        entries[key] = entry
        return nil
    }

    private func entry(of key: Key, now: MonotonicTime) -> Entry {
        entries[key]
            ?? Entry(
                openings: TokenBucket(limits.openings, now: now), messages: TokenBucket(limits.messages, now: now))
    }

    /// Whether the key is remembered or can be.
    ///
    /// Those with full buckets go first; where that frees little, all that have nothing open go, so that the table is not
    /// walked through for every newcomer.
    private mutating func makeRoom(for key: Key, now: MonotonicTime) -> Bool {
        guard entries.count >= capacity, entries[key] == nil else { return true }
        entries = entries.filter { _, entry in
            entry.open > 0 || !entry.openings.isFull(limits.openings, now: now)
                || !entry.messages.isFull(limits.messages, now: now)
        }
        if entries.count > capacity / 8 * 7 { entries = entries.filter { $0.value.open > 0 } }
        return entries.count < capacity
    }
}
