package import Store

/// Forms: what is told when one comes in, was read, or was approved.
extension ClinicHub {
    /// Registers a form and has it read. Errors as `IntakeStore.register`.
    package func register(_ draft: UploadDraft, _ context: TenantContext) async throws(StoreError) -> RegisteredUpload {
        let registered = try await store.intake.register(draft, context)
        if !registered.isReplay { work.send(.form) }
        return registered
    }

    /// Publishes what reading a form committed, and signals the work of its alert.
    func took(_ settled: IntakeStore.Settled) {
        if let raised = settled.raised { took(raised) } else { publish(settled.committed) }
    }
}
