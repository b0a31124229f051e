package import Clinic
import Escalation
import Platform
package import Store

extension ClinicHub {
    /// Looks at a clinic's reachability, and tells its screens what somebody must put right, or what was. A look that
    /// fails is logged; the next one makes up for it.
    package func checkReach(of clinic: ClinicID) async {
        let context = TenantContext.hub(in: clinic)
        do {
            var notices = try await store.reach.report(context).notices(served: servedKinds)
            if desk?.status.obstacle != nil { notices.append(OperatorNotice(.intakeReaderMissing)) }
            publish(try await store.notices.settle(notices, context))
        } catch {
            Log.warning("reachability not checked", ["clinic": clinic.description, "error": error.logName])
        }
    }

    /// A person's contacts were changed. Alerts that wait for somebody who cannot be reached any more go on at once.
    package func contactsChanged(of user: UserID, in clinic: ClinicID) async {
        await checkReach(of: clinic)
        let context = TenantContext.hub(in: clinic)
        do {
            let contacts = try await store.contacts.contacts(of: user, context)
            guard let obstacle = ReachProfile(contacts: contacts.map(\.reach)).obstacle else { return }
            for alert in try await store.reach.alerts(waitingFor: user, context) {
                _ = try await advance(alert, .contactGone(user: user, why: Unreachable(obstacle)), context)
            }
        } catch {
            // The step's own time ends it.
            Log.warning("alerts not moved on", ["clinic": clinic.description, "error": error.logName])
        }
    }

    /// A schedule or one of its overrides was changed. Alerts that wait for whom it named go on at once where it names
    /// nobody any more.
    package func scheduleChanged(_ schedule: ScheduleID, in clinic: ClinicID) async {
        await checkReach(of: clinic)
        let context = TenantContext.hub(in: clinic)
        do {
            let (calendars, now) = try await store.schedules.calendars(of: schedule, context)
            guard calendars.first?.calendar.duty(at: now) == nil else { return }
            for alert in try await store.reach.alerts(waitingFor: schedule, context) {
                _ = try await advance(alert, .scheduleEmpty(schedule), context)
            }
        } catch {
            Log.warning("alerts not moved on", ["clinic": clinic.description, "error": error.logName])
        }
    }

    /// A phone said STOP or START: its contacts are opted out or in again, and the clinics are told.
    package func take(_ keyword: ContactStore.Keyword, from phone: PhoneNumber) async {
        do {
            for change in try await store.contacts.take(keyword, from: phone) {
                await contactsChanged(of: change.user, in: change.clinic)
            }
        } catch {
            Log.error("opt-out not stored", ["error": error.logName])
        }
    }

    /// A gateway refused a message, since the contact's owner asked for silence.
    package func noteOptedOut(_ contact: ContactID, of user: UserID, in clinic: ClinicID) async {
        do {
            guard try await store.contacts.notePhoneOptedOut(contact, in: clinic) else { return }
            await contactsChanged(of: user, in: clinic)
        } catch {
            Log.error("opt-out not stored", ["error": error.logName])
        }
    }
}
