package import Clinic
import Escalation
import Platform
package import Store

/// Repetitions and maintenance: what the operation of a clinic asks of alerts.
extension ClinicHub {
    /// Raises an alert, or counts it where the same is open. Errors as `AlertStore.raise`.
    package func raiseOrRepeat(
        _ draft: AlertDraft, idempotency: IdempotencyKey?, _ context: TenantContext
    ) async throws(StoreError) -> Raising {
        let raising = try await store.alerts.raiseOrRepeat(draft, idempotency: idempotency, context)
        took(raising)
        return raising
    }

    /// Publishes what a raise committed and signals the work that it left.
    package func took(_ raising: Raising) {
        switch raising {
        case .raised(let raised): took(raised)
        case .repeated(let repeated): took(repeated.advance)
        }
    }

    /// Begins a maintenance window and tells the screens; what it refuses, nothing was changed.
    package func beginMaintenance(
        _ draft: MaintenanceStore.Draft, by user: UserID, _ context: TenantContext
    ) async throws(StoreError) -> Result<MaintenanceStore.Window, MaintenanceStore.Refusal> {
        switch try await store.maintenance.begin(draft, by: user, context) {
        case .success((let window, let committed)):
            publish(committed)
            return .success(window)
        case .failure(let refusal): return .failure(refusal)
        }
    }

    /// Closes a clinic's alerts that were accepted and not touched for longer than their policies allow. What fails is
    /// logged; the next look makes up for it.
    package func closeStale(of clinic: ClinicID) async {
        let context = TenantContext.hub(in: clinic)
        do {
            let alerts = try await store.stale.toClose(context)
            for alert in alerts { _ = try await advance(alert, .closed(by: nil), context) }
            if !alerts.isEmpty { timersMoved() }
        } catch {
            Log.warning("stale alerts not closed", ["clinic": clinic.description, "error": error.logName])
        }
    }

    /// Ends a maintenance window and tells the screens; what it held back is called for now.
    package func endMaintenance(
        _ window: MaintenanceWindowID, _ context: TenantContext
    ) async throws(StoreError) {
        guard let committed = try await store.maintenance.end(window, context) else { return }
        publish(committed)
        timersMoved()
    }
}
