-- The watch over producers: one that is not heard from in time raises an alert. The row is the timer.

CREATE TABLE monitors (
    id             UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    clinic_id      UUID NOT NULL REFERENCES clinics(id),
    source         TEXT NOT NULL CHECK (length(source) BETWEEN 1 AND 64),
    every_seconds  INT NOT NULL CHECK (every_seconds BETWEEN 5 AND 86400),
    grace_seconds  INT NOT NULL CHECK (grace_seconds BETWEEN 0 AND 86400),
    urgency_level  TEXT NOT NULL CHECK (urgency_level IN ('LOW', 'MODERATE', 'URGENT', 'CRITICAL')),
    subject_id     UUID NOT NULL,  -- stands in for the patient that every alert has
    heard_at       TIMESTAMPTZ,
    due_at         TIMESTAMPTZ,    -- NULL while it is silent, and its alert was raised
    silent_since   TIMESTAMPTZ,
    alert_id       UUID,           -- the last one that its silence raised
    created_at     TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    deleted_at     TIMESTAMPTZ,
    CONSTRAINT monitors_clinic_key UNIQUE (clinic_id, id),
    CONSTRAINT monitors_subject_id_fkey
        FOREIGN KEY (clinic_id, subject_id) REFERENCES patients (clinic_id, id),
    CONSTRAINT monitors_alert_id_fkey
        FOREIGN KEY (clinic_id, alert_id) REFERENCES alerts (clinic_id, id)
);
CREATE UNIQUE INDEX monitors_source_key ON monitors (clinic_id, source) WHERE deleted_at IS NULL;
CREATE INDEX monitors_due ON monitors (due_at) WHERE due_at IS NOT NULL AND deleted_at IS NULL;
ALTER TABLE monitors ENABLE ROW LEVEL SECURITY;
ALTER TABLE monitors FORCE ROW LEVEL SECURITY;
CREATE POLICY monitors_clinic_isolation ON monitors
    USING (clinic_id = app_clinic_id());
CREATE POLICY monitors_engine ON monitors FOR SELECT
    USING (app_role() = 'ENGINE');
CALL grant_if_role_exists(
    'SELECT, INSERT, UPDATE (heard_at, due_at, silent_since, alert_id, deleted_at)', 'monitors', 'alert_hub');
-- A monitor's subject is a row of its own, sealed as every name, and never waits in the clinic's flow.
CALL grant_if_role_exists('INSERT', 'patients', 'alert_hub');
