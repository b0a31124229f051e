-- What somebody must put right before the next alert, and the weekly test of every contact.

-- A notice is open from the check that first found it to the one that does not find it any more.
CREATE TABLE operator_notices (
    id           UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    clinic_id    UUID NOT NULL REFERENCES clinics(id),
    kind         TEXT NOT NULL,
    subject      TEXT NOT NULL,  -- what it is about, so that one thing has one open notice
    user_id      UUID,
    contact_id   UUID,
    schedule_id  UUID,
    starts_at    TIMESTAMPTZ,    -- of the next gap
    ends_at      TIMESTAMPTZ,
    raised_at    TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    cleared_at   TIMESTAMPTZ,
    CONSTRAINT operator_notices_user_id_fkey
        FOREIGN KEY (clinic_id, user_id) REFERENCES users (clinic_id, id),
    CONSTRAINT operator_notices_contact_id_fkey
        FOREIGN KEY (clinic_id, contact_id) REFERENCES contact_methods (clinic_id, id),
    CONSTRAINT operator_notices_schedule_id_fkey
        FOREIGN KEY (clinic_id, schedule_id) REFERENCES oncall_schedules (clinic_id, id)
);
CREATE UNIQUE INDEX operator_notices_open_key ON operator_notices (clinic_id, kind, subject) WHERE cleared_at IS NULL;
ALTER TABLE operator_notices ENABLE ROW LEVEL SECURITY;
ALTER TABLE operator_notices FORCE ROW LEVEL SECURITY;
CREATE POLICY operator_notices_clinic_isolation ON operator_notices
    USING (clinic_id = app_clinic_id());
CALL grant_if_role_exists('SELECT, INSERT, UPDATE (starts_at, ends_at, cleared_at)', 'operator_notices', 'alert_hub');

-- Whether a clinic wants its contacts tested each week, and when; no row is no.
CREATE TABLE contact_tests (
    clinic_id     UUID PRIMARY KEY REFERENCES clinics(id),
    is_enabled    BOOLEAN NOT NULL,
    weekday       TEXT NOT NULL CHECK (weekday IN ('MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN')),
    at_time       TEXT NOT NULL CHECK (at_time ~ '^[0-2][0-9]:[0-5][0-9]$'),  -- in the clinic's zone
    last_run_at   TIMESTAMPTZ
);
ALTER TABLE contact_tests ENABLE ROW LEVEL SECURITY;
ALTER TABLE contact_tests FORCE ROW LEVEL SECURITY;
CREATE POLICY contact_tests_clinic_isolation ON contact_tests
    USING (clinic_id = app_clinic_id());
CREATE POLICY contact_tests_engine ON contact_tests FOR SELECT
    USING (app_role() = 'ENGINE');
CALL grant_if_role_exists(
    'SELECT, INSERT, UPDATE (is_enabled, weekday, at_time, last_run_at)', 'contact_tests', 'alert_hub');
