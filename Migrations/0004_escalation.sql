-- Who is told next, and when. The row of escalations is the timer.

CREATE TABLE doctor_backups (
    clinic_id      UUID NOT NULL REFERENCES clinics(id),
    doctor_id      UUID NOT NULL,
    backup_id      UUID NOT NULL CHECK (backup_id <> doctor_id),
    PRIMARY KEY (clinic_id, doctor_id),
    CONSTRAINT doctor_backups_doctor_id_fkey
        FOREIGN KEY (clinic_id, doctor_id) REFERENCES users (clinic_id, id),
    CONSTRAINT doctor_backups_backup_id_fkey
        FOREIGN KEY (clinic_id, backup_id) REFERENCES users (clinic_id, id)
);
ALTER TABLE doctor_backups ENABLE ROW LEVEL SECURITY;
ALTER TABLE doctor_backups FORCE ROW LEVEL SECURITY;
CREATE POLICY doctor_backups_clinic_isolation ON doctor_backups
    USING (clinic_id = app_clinic_id());
CALL grant_if_role_exists('SELECT', 'doctor_backups', 'alert_hub');

-- The versions of a policy share its id. A version never changes: an alert keeps the version it started with.
-- Only is_active moves.
CREATE TABLE escalation_policies (
    id          UUID NOT NULL,
    clinic_id   UUID NOT NULL REFERENCES clinics(id),
    version     INT NOT NULL CHECK (version > 0),
    name        TEXT NOT NULL,
    document    JSONB NOT NULL,
    is_active   BOOLEAN NOT NULL DEFAULT FALSE,
    created_at  TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (clinic_id, id, version)
);
CREATE UNIQUE INDEX escalation_policies_one_active ON escalation_policies (clinic_id) WHERE is_active;
ALTER TABLE escalation_policies ENABLE ROW LEVEL SECURITY;
ALTER TABLE escalation_policies FORCE ROW LEVEL SECURITY;
CREATE POLICY escalation_policies_clinic_isolation ON escalation_policies
    USING (clinic_id = app_clinic_id());
CALL grant_if_role_exists('SELECT, INSERT, UPDATE (is_active)', 'escalation_policies', 'alert_hub');

CREATE TABLE escalations (
    alert_id         UUID PRIMARY KEY,
    clinic_id        UUID NOT NULL REFERENCES clinics(id),
    policy_id        UUID NOT NULL,
    policy_version   INT NOT NULL,
    step             INT NOT NULL,              -- 0 before the first
    loop             INT NOT NULL DEFAULT 0,
    generation       BIGINT NOT NULL DEFAULT 0, -- fence: a timer or message of an older generation does nothing
    phase            TEXT NOT NULL CHECK (phase IN ('NEW', 'RUNNING', 'EXHAUSTED', 'ANSWERED', 'ENDED')),
    urgency          SMALLINT NOT NULL,         -- 0 LOW … 3 CRITICAL, so that it sorts
    code             TEXT NOT NULL,             -- what a text message calls the alert
    due_at           TIMESTAMPTZ,               -- the timer; at the end of the step, or before it for its receipts
    step_ends_at     TIMESTAMPTZ,
    people           JSONB NOT NULL DEFAULT '[]', -- whom the step paged, and what became of each: ids only
    claimed_until    TIMESTAMPTZ,               -- another hub is running this timer
    acknowledged_by  UUID,
    closed_at        TIMESTAMPTZ,
    CONSTRAINT escalations_clinic_key UNIQUE (clinic_id, alert_id),
    CONSTRAINT escalations_alert_id_fkey
        FOREIGN KEY (clinic_id, alert_id) REFERENCES alerts (clinic_id, id),
    CONSTRAINT escalations_policy_id_fkey
        FOREIGN KEY (clinic_id, policy_id, policy_version) REFERENCES escalation_policies (clinic_id, id, version),
    CONSTRAINT escalations_acknowledged_by_fkey
        FOREIGN KEY (clinic_id, acknowledged_by) REFERENCES users (clinic_id, id)
) WITH (fillfactor = 70);
CREATE INDEX escalations_due ON escalations (due_at) WHERE due_at IS NOT NULL;
-- A code names one open alert of a clinic.
CREATE UNIQUE INDEX escalations_open_code ON escalations (clinic_id, code) WHERE closed_at IS NULL;
ALTER TABLE escalations ENABLE ROW LEVEL SECURITY;
ALTER TABLE escalations FORCE ROW LEVEL SECURITY;
CREATE POLICY escalations_clinic_isolation ON escalations
    USING (clinic_id = app_clinic_id());
CREATE POLICY escalations_engine_reads ON escalations FOR SELECT
    USING (app_role() = 'ENGINE');
CREATE POLICY escalations_engine_claims ON escalations FOR UPDATE
    USING (app_role() = 'ENGINE');
CALL grant_if_role_exists(
    'SELECT, INSERT,'
    ' UPDATE (step, loop, generation, phase, due_at, step_ends_at, people, claimed_until, acknowledged_by, closed_at)',
    'escalations', 'alert_hub');

-- The story of an alert, append-only: each step, whom it meant, by which way, with which outcome, and when.
CREATE TABLE alert_timeline (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    alert_id    UUID NOT NULL,
    clinic_id   UUID NOT NULL REFERENCES clinics(id),
    at          TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    kind        TEXT NOT NULL,
    status      TEXT CHECK (status IN ('PENDING', 'DELIVERED', 'ACKNOWLEDGED', 'ESCALATED', 'CLOSED')),
    step        INT,
    user_id     UUID,
    attempt_id  UUID,
    detail      JSONB NOT NULL DEFAULT '{}',
    CONSTRAINT alert_timeline_alert_id_fkey
        FOREIGN KEY (clinic_id, alert_id) REFERENCES alerts (clinic_id, id),
    CONSTRAINT alert_timeline_user_id_fkey
        FOREIGN KEY (clinic_id, user_id) REFERENCES users (clinic_id, id)
);
CREATE INDEX alert_timeline_by_alert ON alert_timeline (clinic_id, alert_id, id);
ALTER TABLE alert_timeline ENABLE ROW LEVEL SECURITY;
ALTER TABLE alert_timeline FORCE ROW LEVEL SECURITY;
CREATE POLICY alert_timeline_clinic_isolation ON alert_timeline
    USING (clinic_id = app_clinic_id());
CALL grant_if_role_exists('SELECT, INSERT', 'alert_timeline', 'alert_hub');
