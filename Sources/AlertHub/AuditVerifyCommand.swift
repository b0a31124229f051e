import Clinic
import Cryptography
import Database
import Platform
import Settings
import Store

/// `alert-hub audit verify`: whether a hub runs on the database does not matter.
enum AuditVerifyCommand {
    static func run(_ options: AuditVerifyOptions) -> Int32 {
        do {
            let installation = try Installation(config: options.config, data: options.data)
            let database = try MigrateCommand.runningCluster(installation) ?? DatabaseAccess.open(installation)
            defer { database.cluster?.stop() }
            let began = MonotonicTime.now()
            let report: AuditProof.Report
            do {
                let clinic = options.clinic.flatMap { ClinicID($0) }
                report = try AuditProof.run(try BlockingConnection(database.owner), clinic: clinic)
            } catch {
                throw StartError("the audit cannot be read: \(error)")
            }
            for chain in report.chains {
                print("clinic \(chain.clinic)  rows \(chain.rows)  head \(Hex.encode(chain.head))")
            }
            for fault in report.faults {
                print("FAULT: row \(fault.id), place \(fault.place) of clinic \(fault.clinic), \(fault.kind.rawValue)")
            }
            let rows = report.chains.reduce(0) { $0 + $1.rows }
            let milliseconds = began.duration(to: .now()).saturatedMicroseconds / 1000
            print(
                "\(rows) rows of \(report.chains.count) chains in \(milliseconds) ms: "
                    + (report.faults.isEmpty ? "whole" : "NOT WHOLE")
                    + (report.unsealed == 0 ? "" : "; \(report.unsealed) newer rows are not sealed yet"))
            return report.faults.isEmpty ? 0 : 1
        } catch {
            complain("\(error)")
            return 1
        }
    }
}
