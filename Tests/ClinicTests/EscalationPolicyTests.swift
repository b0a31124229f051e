import Testing

@testable import Clinic

@Suite("EscalationPolicy")
struct EscalationPolicyTests {
    private let id = PolicyID(high: 1, low: 2)
    private var policy: EscalationPolicy { .standard(id: id) }

    @Test("the policies that come with the hub have no problems")
    func shipped() {
        #expect(EscalationPolicy.standard(id: id).problems().isEmpty)
        #expect(EscalationPolicy.demo(id: id).problems().isEmpty)
    }

    @Test("the demo policy calls the backup after 15 s and the admins 60 s later, for every urgency")
    func demo() {
        let demo = EscalationPolicy.demo(id: id)
        #expect(demo.steps.map(\.targets) == [[.assignedDoctor], [.backupOfAssigned], [.role(.admin)]])
        for urgency in UrgencyLevel.allCases {
            #expect(demo.steps.map { $0.wait[urgency] } == [.seconds(15), .seconds(60), .seconds(60)])
            #expect(demo.loops[urgency] == 0)
        }
        #expect(demo.onExhausted.repeatEvery == .seconds(60))
    }

    @Test("the standard policy never stops calling for a critical alert")
    func standard() {
        #expect(policy.loops.critical == -1)
        #expect(policy.steps.allSatisfy { $0.wait.critical != nil })
    }

    @Test("a version below 1 is named")
    func version() {
        var policy = policy
        policy.version = 0
        #expect(policy.problems().map(\.field) == ["version"])
    }

    @Test("an empty name and one of more than 100 bytes are named", arguments: ["", String(repeating: "é", count: 51)])
    func name(_ name: String) {
        var policy = policy
        policy.name = name
        #expect(policy.problems().map(\.field) == ["name"])
    }

    @Test("no steps, and too many, are named")
    func steps() {
        var policy = policy
        policy.loops = PerUrgency(all: 0)
        policy.steps = []
        #expect(policy.problems().map(\.field) == ["steps"])
        policy.steps = Array(
            repeating: EscalationStep(targets: [.assignedDoctor], wait: PerUrgency(all: .seconds(1))), count: 21)
        #expect(policy.problems().map(\.field) == ["steps"])
    }

    @Test("a wait out of range is named with step and urgency", arguments: [0, -1, 604_801])
    func wait(_ seconds: Int) {
        var policy = policy
        policy.steps[1].wait.critical = .seconds(seconds)
        let problem = PolicyProblem(
            field: "steps[1].waitSeconds.CRITICAL", complaint: "is \(seconds) s; allowed are 1 s to 604800 s")
        #expect(policy.problems() == [problem])
    }

    @Test("a step without targets, and a target that stands there twice, are named")
    func targets() {
        var policy = policy
        policy.steps[0].targets = []
        policy.steps[2].targets = [.role(.admin), .role(.doctor), .role(.admin)]
        #expect(policy.problems().map(\.field) == ["steps[0].targets", "steps[2].targets[2]"])
    }

    @Test("loops out of range are named", arguments: [-2, 101])
    func loops(_ loops: Int) {
        var policy = policy
        policy.loops.urgent = loops
        #expect(policy.problems().map(\.field) == ["loops.URGENT"])
    }

    @Test("loops without end need a wait, and every urgency needs a step")
    func spinning() {
        var policy = policy
        for index in policy.steps.indices { policy.steps[index].wait.critical = nil }
        #expect(policy.problems().map(\.field) == ["loops.CRITICAL", "steps"])
    }

    @Test("receipt time-out and alarm repeat out of range are named")
    func otherWaits() {
        var policy = policy
        policy.urgencies.low.receiptTimeout = .zero
        policy.onExhausted.repeatEvery = .seconds(0)
        #expect(
            policy.problems().map(\.field) == [
                "onExhausted.repeatEverySeconds", "urgencies.LOW.receiptTimeoutSeconds",
            ])
    }

    @Test("a target is read back from its kind and role")
    func kinds() {
        for target in [EscalationTarget.assignedDoctor, .backupOfAssigned] {
            #expect(EscalationTarget(kind: target.kind, role: nil) == target)
            #expect(EscalationTarget(kind: target.kind, role: .admin) == nil)
        }
        #expect(EscalationTarget(kind: "ROLE", role: .admin) == .role(.admin))
        #expect(EscalationTarget(kind: "ROLE", role: nil) == nil)
        #expect(EscalationTarget(kind: "SOMEBODY", role: nil) == nil)
    }
}
