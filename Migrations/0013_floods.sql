-- An alert that repeats another is counted instead of raised, and one may be held back for a while: shown, but nobody is
-- called. Maintenance windows say for which alerts that holds.

ALTER TABLE alerts
    ADD COLUMN source TEXT CHECK (length(source) BETWEEN 1 AND 64),          -- the producer's name
    ADD COLUMN alert_type TEXT CHECK (length(alert_type) BETWEEN 1 AND 64);  -- the producer's word for the kind of alert
CREATE INDEX alerts_open_by_patient ON alerts (clinic_id, patient_id) WHERE status <> 'CLOSED';

ALTER TABLE escalations
    ADD COLUMN repeats INT NOT NULL DEFAULT 0 CHECK (repeats >= 0),
    ADD COLUMN hold TEXT CHECK (hold IN ('INHIBITED', 'MAINTENANCE')),
    ADD COLUMN held_by UUID,  -- the more urgent alert of INHIBITED
    ADD CONSTRAINT escalations_held_by_fkey FOREIGN KEY (clinic_id, held_by) REFERENCES alerts (clinic_id, id);
CREATE INDEX escalations_held ON escalations (clinic_id, held_by) WHERE held_by IS NOT NULL;
CALL grant_if_role_exists('UPDATE (repeats, hold, held_by)', 'escalations', 'alert_hub');

-- Which open alert a repetition belongs to.
CREATE TABLE alert_keys (
    clinic_id   UUID NOT NULL REFERENCES clinics(id),
    key         TEXT NOT NULL CHECK (length(key) BETWEEN 1 AND 400),
    alert_id    UUID NOT NULL,
    expires_at  TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (clinic_id, key),
    CONSTRAINT alert_keys_alert_id_fkey
        FOREIGN KEY (clinic_id, alert_id) REFERENCES alerts (clinic_id, id)
);
ALTER TABLE alert_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE alert_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY alert_keys_clinic_isolation ON alert_keys
    USING (clinic_id = app_clinic_id());
CALL grant_if_role_exists('SELECT, INSERT, UPDATE (alert_id, expires_at)', 'alert_keys', 'alert_hub');

-- Ends the transaction of a raise that turned out to be a repetition.
CREATE FUNCTION refuse_repetition() RETURNS BOOLEAN
    LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the alert repeats an open one' USING ERRCODE = 'AH001';
END
$$;

CREATE TABLE maintenance_windows (
    id            UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    clinic_id     UUID NOT NULL REFERENCES clinics(id),
    source        TEXT CHECK (length(source) BETWEEN 1 AND 64),  -- NULL: every producer
    suppresses    TEXT[] NOT NULL CHECK (suppresses <> '{}' AND suppresses <@ ARRAY['LOW', 'MODERATE', 'URGENT', 'CRITICAL']),
    created_by    UUID NOT NULL,
    begins_at     TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    ends_at       TIMESTAMPTZ NOT NULL,
    announced_at  TIMESTAMPTZ,  -- its end was told to the screens
    CONSTRAINT maintenance_windows_clinic_key UNIQUE (clinic_id, id),
    CONSTRAINT maintenance_windows_created_by_fkey
        FOREIGN KEY (clinic_id, created_by) REFERENCES users (clinic_id, id),
    CONSTRAINT maintenance_windows_span CHECK (ends_at >= begins_at)
);
CREATE INDEX maintenance_windows_open ON maintenance_windows (clinic_id, ends_at) WHERE announced_at IS NULL;
ALTER TABLE maintenance_windows ENABLE ROW LEVEL SECURITY;
ALTER TABLE maintenance_windows FORCE ROW LEVEL SECURITY;
CREATE POLICY maintenance_windows_clinic_isolation ON maintenance_windows
    USING (clinic_id = app_clinic_id());
CREATE POLICY maintenance_windows_engine ON maintenance_windows FOR SELECT
    USING (app_role() = 'ENGINE');
CALL grant_if_role_exists('SELECT, INSERT, UPDATE (ends_at, announced_at)', 'maintenance_windows', 'alert_hub');
