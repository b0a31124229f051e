-- What is older than the clinics want to keep goes, a bounded batch at a time (decision 0035). The hub itself may delete none of
-- it: each function removes rows of the entered clinic that are past a time, as their owner, and says how many.

-- Events, the oldest first and without a gap: a position before the first that is left is answered by a snapshot.
CREATE FUNCTION remove_old_events(before TIMESTAMPTZ, most INT) RETURNS INT
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    clinic UUID := app_clinic_id();
    kept BIGINT;
    removed INT;
BEGIN
    WITH oldest AS MATERIALIZED (
        SELECT seq, created_at FROM clinic_events WHERE clinic_id = clinic ORDER BY seq LIMIT most
    )
    SELECT COALESCE(min(seq) FILTER (WHERE created_at >= before), max(seq) + 1) INTO kept FROM oldest;
    DELETE FROM clinic_events WHERE clinic_id = clinic AND seq < kept;
    GET DIAGNOSTICS removed = ROW_COUNT;
    RETURN removed;
END
$$;

-- Receipts of events that are gone.
CREATE FUNCTION remove_old_receipts(most INT) RETURNS INT
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    clinic UUID := app_clinic_id();
    kept BIGINT;
    removed INT;
BEGIN
    SELECT COALESCE((SELECT min(seq) FROM clinic_events WHERE clinic_id = clinic), head_seq + 1) INTO kept
    FROM clinic_channels WHERE clinic_id = clinic;
    DELETE FROM receipts WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM receipts WHERE clinic_id = clinic AND seq < kept ORDER BY seq LIMIT most));
    GET DIAGNOSTICS removed = ROW_COUNT;
    RETURN removed;
END
$$;

-- Closed alerts, with all that belongs to them alone. What the audit says of them stays.
CREATE FUNCTION remove_closed_alerts(before TIMESTAMPTZ, most INT) RETURNS INT
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    clinic UUID := app_clinic_id();
    gone UUID[];
    told UUID[];
BEGIN
    gone := ARRAY(
        SELECT a.id FROM escalations e JOIN alerts a ON a.clinic_id = e.clinic_id AND a.id = e.alert_id
        WHERE e.clinic_id = clinic AND e.closed_at < before AND a.status = 'CLOSED'
        ORDER BY e.closed_at LIMIT most FOR UPDATE OF a SKIP LOCKED);
    IF cardinality(gone) = 0 THEN
        RETURN 0;
    END IF;
    told := ARRAY(SELECT id FROM messages WHERE clinic_id = clinic AND alert_id = ANY (gone));
    -- And the bundles that took the place of these alone.
    told := told || ARRAY(
        SELECT DISTINCT m.bundled_into FROM messages m
        WHERE m.clinic_id = clinic AND m.id = ANY (told) AND m.bundled_into IS NOT NULL AND NOT EXISTS (
            SELECT FROM messages o
            WHERE o.clinic_id = clinic AND o.bundled_into = m.bundled_into AND o.id <> ALL (told)));
    UPDATE escalations SET held_by = NULL WHERE clinic_id = clinic AND held_by = ANY (gone);
    UPDATE intake_forms SET alert_id = NULL WHERE clinic_id = clinic AND alert_id = ANY (gone);
    UPDATE monitors SET alert_id = NULL WHERE clinic_id = clinic AND alert_id = ANY (gone);
    DELETE FROM answer_links WHERE clinic_id = clinic AND alert_id = ANY (gone);
    DELETE FROM alert_keys WHERE clinic_id = clinic AND alert_id = ANY (gone);
    DELETE FROM idempotency_keys WHERE clinic_id = clinic AND alert_id = ANY (gone);
    DELETE FROM gateway_events WHERE clinic_id = clinic AND attempt_id IN (
        SELECT id FROM delivery_attempts WHERE clinic_id = clinic AND message_id = ANY (told));
    DELETE FROM delivery_attempts WHERE clinic_id = clinic AND message_id = ANY (told);
    DELETE FROM alert_timeline WHERE clinic_id = clinic AND alert_id = ANY (gone);
    DELETE FROM messages WHERE clinic_id = clinic AND id = ANY (told);
    DELETE FROM escalations WHERE clinic_id = clinic AND alert_id = ANY (gone);
    DELETE FROM alerts WHERE clinic_id = clinic AND id = ANY (gone);
    RETURN cardinality(gone);
END
$$;

CREATE FUNCTION remove_done_jobs(before TIMESTAMPTZ, most INT) RETURNS INT
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    removed INT;
BEGIN
    DELETE FROM jobs WHERE id = ANY (ARRAY(
        SELECT id FROM jobs WHERE clinic_id = app_clinic_id() AND state = 'DONE' AND updated_at < before
        ORDER BY updated_at LIMIT most FOR UPDATE SKIP LOCKED));
    GET DIAGNOSTICS removed = ROW_COUNT;
    RETURN removed;
END
$$;

REVOKE ALL ON FUNCTION
    remove_old_events(TIMESTAMPTZ, INT), remove_old_receipts(INT), remove_closed_alerts(TIMESTAMPTZ, INT),
    remove_done_jobs(TIMESTAMPTZ, INT) FROM PUBLIC;
CALL grant_if_role_exists('EXECUTE', 'FUNCTION remove_old_events(TIMESTAMPTZ, INT)', 'alert_hub');
CALL grant_if_role_exists('EXECUTE', 'FUNCTION remove_old_receipts(INT)', 'alert_hub');
CALL grant_if_role_exists('EXECUTE', 'FUNCTION remove_closed_alerts(TIMESTAMPTZ, INT)', 'alert_hub');
CALL grant_if_role_exists('EXECUTE', 'FUNCTION remove_done_jobs(TIMESTAMPTZ, INT)', 'alert_hub');

-- By which the old ones are found, and what belongs to them.
CREATE INDEX escalations_closed ON escalations (clinic_id, closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX jobs_done ON jobs (clinic_id, updated_at) WHERE state = 'DONE';
CREATE INDEX answer_links_by_alert ON answer_links (clinic_id, alert_id);
CREATE INDEX answer_links_by_message ON answer_links (clinic_id, message_id);
CREATE INDEX alert_keys_by_alert ON alert_keys (clinic_id, alert_id);
CREATE INDEX idempotency_keys_by_alert ON idempotency_keys (clinic_id, alert_id);
CREATE INDEX intake_forms_by_alert ON intake_forms (clinic_id, alert_id) WHERE alert_id IS NOT NULL;
CREATE INDEX intake_forms_by_patient ON intake_forms (clinic_id, patient_id) WHERE patient_id IS NOT NULL;
CREATE INDEX monitors_by_alert ON monitors (clinic_id, alert_id) WHERE alert_id IS NOT NULL;

-- Scans. A file goes first, then its row says so: whatever dies between, the next look removes what is not there, and says so.
ALTER TABLE uploads
    ADD COLUMN file_due_at     TIMESTAMPTZ,  -- the file goes now, whatever its age: its patient was erased
    ADD COLUMN file_removed_at TIMESTAMPTZ;
CREATE INDEX uploads_with_old_files ON uploads (clinic_id, updated_at)
    WHERE file_removed_at IS NULL AND status IN ('VERIFIED', 'REJECTED');
CREATE INDEX uploads_with_due_files ON uploads (clinic_id, file_due_at)
    WHERE file_removed_at IS NULL AND file_due_at IS NOT NULL;
CALL grant_if_role_exists('UPDATE (original_filename, content_digest, file_removed_at)', 'uploads', 'alert_hub');
CALL grant_if_role_exists('UPDATE (suggestions_json)', 'extraction_results', 'alert_hub');

-- A file is announced before its first byte is written, and the announcement goes with the row that names the file: what is
-- still announced after a while is a file that nobody will ever name.
CREATE TABLE announced_files (
    storage_key   TEXT PRIMARY KEY,
    clinic_id     UUID NOT NULL REFERENCES clinics(id),
    announced_at  TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX announced_files_by_age ON announced_files (clinic_id, announced_at);
ALTER TABLE announced_files ENABLE ROW LEVEL SECURITY;
ALTER TABLE announced_files FORCE ROW LEVEL SECURITY;
CREATE POLICY announced_files_clinic_isolation ON announced_files
    USING (clinic_id = app_clinic_id());
CALL grant_if_role_exists('SELECT, INSERT, UPDATE (announced_at), DELETE', 'announced_files', 'alert_hub');
