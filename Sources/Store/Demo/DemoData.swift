package import Clinic

/// The fixed ids, names and numbers of demo mode and of the tests. People and scripts rely on them.
package enum DemoData {
    package static let clinic = ClinicID(demo: 0x1)
    package static let doctor = UserID(demo: 0x101)
    package static let backupDoctor = UserID(demo: 0x102)
    package static let admissions = UserID(demo: 0x103)
    package static let admin = UserID(demo: 0x104)
    package static let corporateAdmin = UserID(demo: 0x105)
    package static let auditReader = UserID(demo: 0x106)
    package static let patients = [PatientID(demo: 0x201), PatientID(demo: 0x202), PatientID(demo: 0x203)]
    package static let policy = PolicyID(demo: 0x301)
    package static let schedule = ScheduleID(demo: 0x401)
    package static let contact = ContactID(demo: 0x501)

    package static let otherClinic = ClinicID(demo: 0x2)
    package static let otherDoctor = UserID(demo: 0x111)
    package static let otherAdmissions = UserID(demo: 0x113)
    package static let otherAdmin = UserID(demo: 0x114)
    package static let otherPatient = PatientID(demo: 0x211)
    package static let otherPolicy = PolicyID(demo: 0x302)
    package static let otherSchedule = ScheduleID(demo: 0x402)
    package static let otherContact = ContactID(demo: 0x502)

    /// The demo user of a role in one of the two clinics, which a token is minted for; nil where there is none.
    package static func user(role: Role, in clinic: ClinicID) -> UserID? {
        let wanted = clinics.first { $0.id == clinic }
        return wanted?.users.first { $0.role == role }?.id
    }

    /// Everybody, for sign-in and greetings.
    package static var people: [(clinic: ClinicID, clinicName: String, user: UserID, role: Role, name: String)] {
        clinics.flatMap { clinic in
            clinic.users.map { (clinic.id, clinic.name, $0.id, $0.role, $0.name) }
        }
    }

    struct DemoClinic {
        let id: ClinicID
        let name: String
        let users: [DemoUser]
        let backups: [(doctor: UserID, backup: UserID)]
        let patients: [(id: PatientID, name: String, status: PatientStatus)]
        let policy: PolicyID
        let schedule: DemoSchedule
        let contact: DemoContact
    }

    /// A weekly rotation.
    struct DemoSchedule {
        let id: ScheduleID
        let people: [UserID]
    }

    /// A contact beside the directory's number, verified.
    struct DemoContact {
        let id: ContactID
        let user: UserID
        let phone: String
    }

    struct DemoUser {
        let id: UserID
        let role: Role
        let name: String
        let phone: String?
    }

    static let clinics = [
        DemoClinic(
            id: clinic, name: "Clinica Norte",
            users: [
                DemoUser(id: doctor, role: .doctor, name: "Dr. Ana Reyes", phone: "+15005550101"),
                DemoUser(id: backupDoctor, role: .doctor, name: "Dr. Luis Mora", phone: "+15005550102"),
                DemoUser(id: admissions, role: .admissions, name: "Marta Gil", phone: nil),
                DemoUser(id: admin, role: .admin, name: "Jorge Paz", phone: "+15005550104"),
                DemoUser(id: corporateAdmin, role: .corporateAdmin, name: "Elena Soto", phone: nil),
                DemoUser(id: auditReader, role: .auditReader, name: "Nora Vidal", phone: nil),
            ],
            backups: [(doctor, backupDoctor)],
            patients: [
                (patients[0], "J. Doe", .waiting), (patients[1], "R. Roe", .waiting),
                (patients[2], "M. Major", .beingAttended),
            ],
            policy: policy, schedule: DemoSchedule(id: schedule, people: [doctor, backupDoctor]),
            contact: DemoContact(id: contact, user: admissions, phone: "+15005550103")),
        DemoClinic(
            id: otherClinic, name: "Clinica Sur",
            users: [
                DemoUser(id: otherDoctor, role: .doctor, name: "Dr. Ivan Cruz", phone: "+15005550111"),
                DemoUser(id: otherAdmissions, role: .admissions, name: "Rosa Lima", phone: nil),
                DemoUser(id: otherAdmin, role: .admin, name: "Pablo Vega", phone: "+15005550114"),
            ],
            backups: [], patients: [(otherPatient, "L. Poe", .waiting)], policy: otherPolicy,
            schedule: DemoSchedule(id: otherSchedule, people: [otherDoctor]),
            contact: DemoContact(id: otherContact, user: otherAdmissions, phone: "+15005550113")),
    ]
}

extension Identifier {
    /// `00000000-0000-4000-8000-000000000…`, with the number in hexadecimal digits at its end.
    package init(demo number: UInt64) {
        self.init(high: 0x0000_0000_0000_4000, low: 0x8000_0000_0000_0000 | number)
    }
}
