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
            _ = try await pool.run(.hub(in: clinic.id), calls)
        }
    }
}
