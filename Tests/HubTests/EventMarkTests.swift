import Clinic
import HubProtocol
import Testing

@testable import Hub

@Suite struct EventMarkTests {
    private func mark(_ low: UInt64) -> UInt64 {
        HubEvent.patientStatusChanged(patient: PatientID(high: 0, low: low), status: .waiting).coalescingMark
    }

    @Test("neighbouring patients do not replace each other in a slow screen's queue") func neighbours() {
        #expect(Set((0x201...0x2ff).map { mark($0) }).count == 0xff)
        #expect(mark(0x201) == mark(0x201))
        #expect(mark(0) != 0)
    }

    @Test("an alert is never replaced") func alerts() {
        #expect(
            HubEvent.alertClosed(alert: AlertID(high: 1, low: 1), at: Timestamp(microseconds: 0)).coalescingMark == 0)
    }
}
