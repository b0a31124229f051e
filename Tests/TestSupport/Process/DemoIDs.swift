package import Clinic

/// The fixed ids of demo mode, as people and scripts know them.
package enum DemoIDs {
    package static let clinic = id(0x1)
    package static let doctor = id(0x101)
    package static let backup = id(0x102)
    package static let admissions = id(0x103)
    package static let admin = id(0x104)
    package static let corporateAdmin = id(0x105)
    package static let patients = [id(0x201), id(0x202), id(0x203)]
    package static let auditReader = id(0x106)
    package static let otherClinic = id(0x2)
    package static let otherDoctor = id(0x111)
    package static let otherAdmissions = id(0x113)
    package static let otherAdmin = id(0x114)
    package static let otherPatient = id(0x211)
    package static let schedule = id(0x401)
    package static let otherSchedule = id(0x402)
    package static let contact = id(0x501)
    package static let otherContact = id(0x502)
    package static let doctorPhone = "+15005550101"
    package static let backupPhone = "+15005550102"

    /// An id of the demo's form that nobody has.
    package static let nobody = id(0xfff)

    /// The demo user of a role in one of the two clinics.
    package static func user(_ role: Role, of clinic: String) -> String {
        let isOther = clinic == otherClinic
        return switch role {
        case .doctor: isOther ? otherDoctor : doctor
        case .admissions: isOther ? otherAdmissions : admissions
        case .admin: isOther ? otherAdmin : admin
        case .corporateAdmin: corporateAdmin
        case .auditReader: auditReader
        }
    }

    private static func id(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits
    }
}
