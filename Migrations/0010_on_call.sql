-- Who is on call when: rotations as people wrote them down, and exceptions.

CREATE TABLE oncall_schedules (
    id          UUID PRIMARY KEY,
    clinic_id   UUID NOT NULL REFERENCES clinics(id),
    version     INT NOT NULL DEFAULT 1 CHECK (version > 0),  -- the ETag
    name        TEXT NOT NULL,
    definition  JSONB NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    updated_at  TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    deleted_at  TIMESTAMPTZ,  -- the row stays for the alerts whose policy named it
    CONSTRAINT oncall_schedules_clinic_key UNIQUE (clinic_id, id)
);
CREATE UNIQUE INDEX oncall_schedules_name_key ON oncall_schedules (clinic_id, lower(name)) WHERE deleted_at IS NULL;
ALTER TABLE oncall_schedules ENABLE ROW LEVEL SECURITY;
ALTER TABLE oncall_schedules FORCE ROW LEVEL SECURITY;
CREATE POLICY oncall_schedules_clinic_isolation ON oncall_schedules
    USING (clinic_id = app_clinic_id());
CALL grant_if_role_exists(
    'SELECT, INSERT, UPDATE (version, name, definition, updated_at, deleted_at)', 'oncall_schedules', 'alert_hub');

CREATE TABLE schedule_overrides (
    id           UUID PRIMARY KEY,
    clinic_id    UUID NOT NULL REFERENCES clinics(id),
    schedule_id  UUID NOT NULL,
    user_id      UUID NOT NULL,
    starts_at    TIMESTAMPTZ NOT NULL,
    ends_at      TIMESTAMPTZ NOT NULL CHECK (ends_at > starts_at),
    created_by   UUID,
    created_at   TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT schedule_overrides_clinic_key UNIQUE (clinic_id, id),
    CONSTRAINT schedule_overrides_schedule_id_fkey
        FOREIGN KEY (clinic_id, schedule_id) REFERENCES oncall_schedules (clinic_id, id),
    CONSTRAINT schedule_overrides_user_id_fkey
        FOREIGN KEY (clinic_id, user_id) REFERENCES users (clinic_id, id)
);
CREATE INDEX schedule_overrides_by_schedule ON schedule_overrides (clinic_id, schedule_id, ends_at);
ALTER TABLE schedule_overrides ENABLE ROW LEVEL SECURITY;
ALTER TABLE schedule_overrides FORCE ROW LEVEL SECURITY;
CREATE POLICY schedule_overrides_clinic_isolation ON schedule_overrides
    USING (clinic_id = app_clinic_id());
CALL grant_if_role_exists('SELECT, INSERT, DELETE', 'schedule_overrides', 'alert_hub');
