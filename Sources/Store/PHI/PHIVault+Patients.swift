package import Clinic
import Cryptography

/// The patients' columns besides the name, and the digest that stands for a social security number.
extension PHIVault {
    /// The sealed columns of `patients` that hold text.
    package enum PatientColumn: String, Sendable {
        case dateOfBirth = "date_of_birth"
        case insuranceID = "insurance_id"

        fileprivate func place(of patient: PatientID) -> String { "patients/\(rawValue)/\(patient)" }
    }

    package func seal(_ text: PHI<String>, _ column: PatientColumn, of patient: PatientID) throws(StoreError) -> [UInt8]
    {
        try seal(Array(text.disclosed(to: .sealing).utf8), place: column.place(of: patient))
    }

    package func open(_ sealed: [UInt8], _ column: PatientColumn, of patient: PatientID) throws(StoreError) -> PHI<
        String
    > {
        PHI(String(decoding: try open(sealed, place: column.place(of: patient)), as: UTF8.self))
    }

    /// What `ssn_hash` may be for this number in this clinic, in hexadecimal: the one to store first.
    ///
    /// Keyed, since there are so few numbers that a plain digest is undone in seconds; another in each clinic, so that
    /// nobody can see from the tables that two clinics know the same person.
    package func digests(of number: PHI<SocialSecurityNumber>, in clinic: ClinicID) -> [String] {
        digests("\(clinic):\(number.disclosed(to: .sealing).digits)", purpose: "ssn").map(Hex.encode)
    }
}
