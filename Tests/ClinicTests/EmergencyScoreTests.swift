import Clinic
import Testing

@Suite("How much a form looks like an emergency")
struct EmergencyScoreTests {
    let scorer = EmergencyScorer()

    @Test(
        "the score is one minus the product of what each term leaves",
        arguments: [
            ("sprained ankle", 0), ("Chest pain since noon", 75), ("CHEST   PAIN, high fever", 83),
            ("Dolor torácico", 75), ("DOLOR TORA\u{301}CICO", 75), ("no respira", 100), ("chest pain. Chest pain", 75),
        ])
    func scores(_ text: String, _ hundredths: Int) { #expect(scorer.score(text).hundredths == hundredths) }

    @Test("a longer term takes its words from the shorter one within it")
    func overlapping() {
        let score = scorer.score("crushing chest pain")
        #expect(score.found.map(\.phrase) == ["crushing chest pain"])
        #expect(score.hundredths == 95)
    }

    @Test(
        "what the form denies does not count, and is told",
        arguments: ["no chest pain", "Patient denies any chest pain", "sin dolor toracico", "never had a seizure"])
    func denials(_ text: String) {
        let score = scorer.score(text)
        #expect(score.hundredths == 0)
        #expect(score.denied.count == 1)
    }

    @Test(
        "a denial ends with its clause, at a contrast, and after five words",
        arguments: [
            "no fever. chest pain", "no fever\nchest pain", "no fever but chest pain",
            "not seen by any doctor yet today chest pain",
        ])
    func denialsEnd(_ text: String) { #expect(scorer.score(text).hundredths == 75) }

    @Test("a term that is denied in one place and stated in another counts")
    func statedAndDenied() { #expect(scorer.score("no chest pain yesterday; chest pain today").hundredths == 75) }

    @Test("the explanation is ordered by weight, and the threshold is met by equality")
    func explained() throws {
        let score = scorer.score("high fever, unconscious, chest pain")
        #expect(score.found.map(\.phrase) == ["unconscious", "chest pain", "high fever"])
        let terms = try [#require(TriageTerm("Fall", weight: 0.7))]
        let single = EmergencyScorer(terms: terms).score("a fall")
        #expect(single.isEmergency(from: 70))
        #expect(!single.isEmergency(from: 71))
    }

    @Test("more signs never lower the score")
    func monotonic() {
        var text = ""
        var last = 0
        for term in EmergencyScorer.defaultTerms {
            text += term.phrase + ". "
            let score = scorer.score(text).hundredths
            #expect(score >= last)
            last = score
        }
        #expect(last == 100)
    }

    @Test("a term needs a word and a weight above 0 and at most 1")
    func terms() {
        #expect(TriageTerm("  - ", weight: 0.5) == nil)
        #expect(TriageTerm("x", weight: 0) == nil)
        #expect(TriageTerm("x", weight: 1.1) == nil)
        #expect(TriageTerm("x", weight: .nan) == nil)
        #expect(TriageTerm(" Chest\tPAIN ", weight: 1)?.phrase == "chest pain")
    }
}

@Suite("The states of an upload")
struct UploadStatusTests {
    @Test("an upload only moves forward, and ends verified or rejected")
    func uploads() {
        let order: [UploadStatus] = [.uploaded, .processing, .extracted, .verified]
        for (index, status) in order.enumerated() {
            for (other, next) in order.enumerated() {
                let expected: Transition = other == index ? .stays : other == index + 1 ? .moves : .refused
                #expect(status.transition(to: next) == expected)
            }
        }
        for last in [UploadStatus.verified, .rejected] {
            for next in UploadStatus.allCases where next != last { #expect(last.transition(to: next) == .refused) }
        }
        #expect(UploadStatus.error.transition(to: .verified) == .moves)
        #expect(UploadStatus.error.transition(to: .processing) == .refused)
    }

    @Test("a job is queued again while it runs, never after it ended")
    func jobs() {
        #expect(ExtractionStatus.running.transition(to: .queued) == .moves)
        for next in ExtractionStatus.allCases where next != .failed {
            #expect(ExtractionStatus.failed.transition(to: next) == .refused)
        }
    }
}
