-- A person of the issuer may work at several clinics, each of which has a row of its own: and no clinic is told of another's staff.
ALTER TABLE users DROP CONSTRAINT users_auth_id_key;
ALTER TABLE users ADD CONSTRAINT users_auth_id_key UNIQUE (clinic_id, auth_id);

-- Programs upload forms with their keys.
ALTER TABLE api_keys ADD CONSTRAINT api_keys_clinic_key UNIQUE (clinic_id, id);
ALTER TABLE uploads ALTER COLUMN uploaded_by_user_id DROP NOT NULL;
ALTER TABLE uploads
    ADD COLUMN uploaded_by_key_id UUID,
    ADD CONSTRAINT uploads_uploaded_by_key_id_fkey
        FOREIGN KEY (clinic_id, uploaded_by_key_id) REFERENCES api_keys (clinic_id, id),
    ADD CONSTRAINT uploads_uploaded_by_check CHECK (num_nonnulls(uploaded_by_user_id, uploaded_by_key_id) = 1),
    ADD CONSTRAINT uploads_key_idempotency_key UNIQUE (clinic_id, uploaded_by_key_id, idempotency_key);

-- What was done to a patient, or to anything else that has an id. Planned for what is asked: a plan for every question would
-- not know that there is a target.
CREATE INDEX audit_logs_by_target ON audit_logs (clinic_id, target_id, logged_at, id) WHERE target_id IS NOT NULL;
ALTER FUNCTION read_audit_logs(
    UUID, TEXT[], UUID, TEXT, UUID, TEXT, TIMESTAMPTZ, TIMESTAMPTZ, TIMESTAMPTZ, BIGINT, INT)
    SET plan_cache_mode TO force_custom_plan;
