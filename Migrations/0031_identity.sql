-- A role that reads the audit; keys of programs; and what the hub may write of clinics and staff.

ALTER TABLE users DROP CONSTRAINT users_role_check;
ALTER TABLE users ADD CONSTRAINT users_role_check
    CHECK (role IN ('DOCTOR', 'ADMIN', 'ADMISSIONS', 'CORPORATE_ADMIN', 'AUDIT_READER'));

-- A key is shown once, when it is made. What is kept is its start, for people, and the digest of all of it: it has 256
-- random bits, so nobody finds it by guessing, and a slow hash would only be slow.
CREATE TABLE api_keys (
    id            UUID PRIMARY KEY,
    clinic_id     UUID NOT NULL REFERENCES clinics(id),
    name          TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    prefix        TEXT NOT NULL CHECK (length(prefix) = 12),
    digest        BYTEA NOT NULL UNIQUE CHECK (length(digest) = 32),
    scopes        TEXT[] NOT NULL CHECK (cardinality(scopes) BETWEEN 1 AND 32),
    created_by    UUID,
    created_at    TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    expires_at    TIMESTAMPTZ NOT NULL,
    revoked_at    TIMESTAMPTZ,
    last_used_at  TIMESTAMPTZ
);
CREATE INDEX api_keys_by_clinic ON api_keys (clinic_id, created_at);
ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY api_keys_clinic_isolation ON api_keys
    USING (clinic_id = app_clinic_id());
-- Whose key it is shows only when it is found.
CREATE POLICY api_keys_engine ON api_keys FOR SELECT
    USING (app_role() = 'ENGINE');
CREATE POLICY api_keys_engine_use ON api_keys FOR UPDATE
    USING (app_role() = 'ENGINE');
CALL grant_if_role_exists('SELECT, INSERT, UPDATE (revoked_at, last_used_at)', 'api_keys', 'alert_hub');

-- Administration. CORPORATE_ADMIN reads users and patients of every clinic, as the seed has it, and writes rows of the clinic
-- alone that a transaction has entered.
CALL grant_if_role_exists(
    'INSERT (id, name, country, timezone), UPDATE (name, country, timezone, is_active, updated_at)', 'clinics', 'alert_hub');
CALL grant_if_role_exists(
    'INSERT (id, clinic_id, auth_id, role, full_name, phone_e164), UPDATE (auth_id, role, full_name, phone_e164, is_active)',
    'users', 'alert_hub');
CALL grant_if_role_exists('INSERT (clinic_id)', 'clinic_channels', 'alert_hub');
CREATE POLICY clinics_insert_entered ON clinics AS RESTRICTIVE FOR INSERT WITH CHECK (id = app_clinic_id());
CREATE POLICY clinics_update_entered ON clinics AS RESTRICTIVE FOR UPDATE USING (id = app_clinic_id());
CREATE POLICY users_insert_entered ON users AS RESTRICTIVE FOR INSERT WITH CHECK (clinic_id = app_clinic_id());
CREATE POLICY users_update_entered ON users AS RESTRICTIVE FOR UPDATE USING (clinic_id = app_clinic_id());
CREATE POLICY patients_insert_entered ON patients AS RESTRICTIVE FOR INSERT WITH CHECK (clinic_id = app_clinic_id());
CREATE POLICY patients_update_entered ON patients AS RESTRICTIVE FOR UPDATE USING (clinic_id = app_clinic_id());
CREATE POLICY patients_delete_entered ON patients AS RESTRICTIVE FOR DELETE USING (clinic_id = app_clinic_id());
