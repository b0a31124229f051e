-- What a clinic's screens are told, in order: a channel a clinic, its events, and the receipts that come back.

CREATE TABLE clinic_channels (
    clinic_id  UUID PRIMARY KEY REFERENCES clinics(id),
    epoch      UUID NOT NULL DEFAULT gen_random_uuid(),  -- changes only if history was lost
    head_seq   BIGINT NOT NULL DEFAULT 0 CHECK (head_seq >= 0)
) WITH (fillfactor = 50);
ALTER TABLE clinic_channels ENABLE ROW LEVEL SECURITY;
ALTER TABLE clinic_channels FORCE ROW LEVEL SECURITY;
CREATE POLICY clinic_channels_clinic_isolation ON clinic_channels
    USING (clinic_id = app_clinic_id());
CREATE POLICY clinic_channels_engine ON clinic_channels FOR SELECT
    USING (app_role() = 'ENGINE');
CALL grant_if_role_exists('SELECT, UPDATE (head_seq)', 'clinic_channels', 'alert_hub');

CREATE FUNCTION open_clinic_channel() RETURNS TRIGGER
    LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO clinic_channels (clinic_id) VALUES (NEW.id);
    RETURN NULL;
END
$$;
CREATE TRIGGER clinics_open_channel
    AFTER INSERT ON clinics
    FOR EACH ROW EXECUTE FUNCTION open_clinic_channel();

-- seq is taken from clinic_channels under its row lock, held to commit: commit order is sequence order.
-- The payload holds no patient data; the name stays sealed, and the hub opens it where it encodes the event.
CREATE TABLE clinic_events (
    clinic_id    UUID NOT NULL REFERENCES clinics(id),
    seq          BIGINT NOT NULL CHECK (seq > 0),
    type         TEXT NOT NULL,
    payload      JSONB NOT NULL,
    patient_id   UUID,
    patient_name BYTEA,
    created_at   TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (clinic_id, seq),
    CONSTRAINT clinic_events_patient_id_fkey
        FOREIGN KEY (clinic_id, patient_id) REFERENCES patients (clinic_id, id)
);
ALTER TABLE clinic_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE clinic_events FORCE ROW LEVEL SECURITY;
CREATE POLICY clinic_events_clinic_isolation ON clinic_events
    USING (clinic_id = app_clinic_id());
CALL grant_if_role_exists('SELECT, INSERT', 'clinic_events', 'alert_hub');

-- Which screen or device has received or rendered which event.
CREATE TABLE receipts (
    clinic_id   UUID NOT NULL REFERENCES clinics(id),
    seq         BIGINT NOT NULL,
    alert_id    UUID,
    user_id     UUID NOT NULL,
    session_id  TEXT NOT NULL,
    stage       TEXT NOT NULL CHECK (stage IN ('received', 'rendered')),
    at          TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (clinic_id, seq, session_id, stage)
);
ALTER TABLE receipts ENABLE ROW LEVEL SECURITY;
ALTER TABLE receipts FORCE ROW LEVEL SECURITY;
CREATE POLICY receipts_clinic_isolation ON receipts
    USING (clinic_id = app_clinic_id());
CREATE INDEX receipts_by_alert ON receipts (clinic_id, alert_id) WHERE alert_id IS NOT NULL;
CALL grant_if_role_exists('SELECT, INSERT', 'receipts', 'alert_hub');

-- One row a request that carried an Idempotency-Key, written in the transaction that did its work.
CREATE TABLE idempotency_keys (
    clinic_id    UUID NOT NULL REFERENCES clinics(id),
    user_id      UUID NOT NULL,
    key          TEXT NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    request_hash BYTEA NOT NULL,
    alert_id     UUID NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (clinic_id, user_id, key)
);
ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotency_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY idempotency_keys_clinic_isolation ON idempotency_keys
    USING (clinic_id = app_clinic_id());
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (clinic_id, created_at);
CALL grant_if_role_exists('SELECT, INSERT, DELETE', 'idempotency_keys', 'alert_hub');
