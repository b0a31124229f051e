import Testing

@testable import Hub

@Suite struct HistogramTests {
    @Test("a duration counts in the first bucket that is not too small") func buckets() {
        for (index, bound) in Histogram.bounds.enumerated() {
            var histogram = Histogram()
            histogram.observe(seconds: bound)
            histogram.observe(seconds: bound * 1.0001)
            #expect(histogram.counts[index] == 1)
            #expect(histogram.counts[index + 1] == 1)
        }
    }

    @Test("what is longer than all bounds is counted too") func beyond() {
        var histogram = Histogram()
        histogram.observe(.seconds(86_400))
        #expect(histogram.counts.last == 1)
        #expect(histogram.sumSeconds == 86_400)
    }

    @Test("two loops add up") func addition() {
        var (one, other) = (Histogram(), Histogram())
        one.observe(.milliseconds(3))
        other.observe(.milliseconds(3))
        other.observe(.seconds(20))
        one.add(other)
        #expect(one.count == 3)
        #expect(one.counts[2] == 2)
        #expect(abs(one.sumSeconds - 20.006) < 1e-9)
    }
}
