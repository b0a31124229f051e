package import Database
import Clinic

extension DemoData {
    private static let insertClinic = Statement(
        "seed_clinic",
        """
        INSERT INTO clinics (id, name, country, timezone) VALUES ($1, $2, 'CO', 'America/Bogota')
        ON CONFLICT (id) DO NOTHING
        """)

    private static let insertUser = Statement(
        "seed_user",
        """
        INSERT INTO users (id, clinic_id, auth_id, role, full_name, phone_e164)
        VALUES ($2, $1, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING
        """)

    private static let insertBackup = Statement(
        "seed_backup",
        """
        INSERT INTO doctor_backups (clinic_id, doctor_id, backup_id) VALUES ($1, $2, $3)
        ON CONFLICT (clinic_id, doctor_id) DO NOTHING
        """)

    private static let insertPatient = Statement(
        "seed_patient",
        """
        INSERT INTO patients (id, clinic_id, full_name, status) VALUES ($2, $1, $3, $4) ON CONFLICT (id) DO NOTHING
        """)

    private static let insertPolicy = Statement(
        "seed_policy",
        """
        INSERT INTO escalation_policies (id, clinic_id, version, name, document, is_active)
        VALUES ($2, $1, $3, $4, $5::jsonb, TRUE) ON CONFLICT DO NOTHING
        """)

    private static let insertSchedule = Statement(
        "seed_schedule",
        """
        INSERT INTO oncall_schedules (id, clinic_id, name, definition) VALUES ($2, $1, $3, $4::jsonb)
        ON CONFLICT DO NOTHING
        """)

    private static let insertContact = Statement(
        "seed_contact",
        """
        INSERT INTO contact_methods
            (id, clinic_id, user_id, kind, label, address, address_digest, position, verified_at)
        VALUES ($2, $1, $3, 'SMS', 'desk', $4, $5, 1, clock_timestamp()) ON CONFLICT DO NOTHING
        """)

    /// Weeks that begin on Monday at eight.
    private static func call(_ schedule: DemoSchedule, _ clinic: Parameter) -> Call {
        let layer = DutyLayer(
            name: "weeks", people: schedule.people, shift: .weeks(1),
            startsOn: CalendarDate("2026-01-05") ?? CalendarDate(daysSince1970: 0),
            handOver: ClockTime("08:00") ?? .midnight)
        let definition = ScheduleDefinition(name: "on-call doctors", zone: "America/Bogota", layers: [layer])
        return insertSchedule(
            clinic, .id(schedule.id), .text(definition.name), .text(ScheduleStore.json(definition)))
    }

    private static func call(
        _ contact: DemoContact, _ clinic: Parameter, _ vault: PHIVault
    ) throws(StoreError) -> [Call] {
        guard let phone = PhoneNumber(contact.phone) else { return [] }
        let address = ContactAddress.phone(phone)
        return [
            insertContact(
                clinic, .id(contact.id), .id(contact.user), .text(try vault.seal(address: address, of: contact.id)),
                .bytes(vault.digests(of: address)[0]))
        ]
    }

    /// Writes the demo clinics where they are missing, and leaves what is there as it is.
    ///
    /// `pool` logs in as the owner of the tables: the hub's own role may not make clinics and users.
    package static func seed(_ pool: Pool, vault: PHIVault) async throws(StoreError) {
        for clinic in clinics {
            let id = Parameter.id(clinic.id)
            var calls = [insertClinic(id, .text(clinic.name))]
            for user in clinic.users {
                var phone: String?
                if let number = user.phone.flatMap(PhoneNumber.init) {
                    phone = try vault.seal(phone: number, of: user.id)
                }
                calls.append(
                    insertUser(
                        id, .id(user.id), .text("demo|\(user.id)"), .text(user.role.rawValue), .text(user.name),
                        .text(phone)))
            }
            for pair in clinic.backups { calls.append(insertBackup(id, .id(pair.doctor), .id(pair.backup))) }
            for patient in clinic.patients {
                let name = try vault.seal(name: PHI(patient.name), of: patient.id)
                calls.append(
                    insertPatient(id, .id(patient.id), .bytes(name), .text(patient.status.rawValue)))
            }
            calls.append(insertPolicy(clinic.id, .demo(id: clinic.policy)))
            calls.append(call(clinic.schedule, id))
            calls += try call(clinic.contact, id, vault)
            _ = try await pool.run(.hub(in: clinic.id), calls)
        }
    }
}
