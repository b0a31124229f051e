-- What leaves the hub: a message is one person to be told by one channel, an attempt one call of one gateway.

CREATE TABLE messages (
    id          UUID PRIMARY KEY,
    clinic_id   UUID NOT NULL REFERENCES clinics(id),
    alert_id    UUID NOT NULL,
    user_id     UUID NOT NULL,
    step        INT NOT NULL,
    generation  BIGINT NOT NULL,     -- sent only while the escalation still has this generation
    channel     TEXT NOT NULL CHECK (channel IN ('SMS', 'PUSH', 'VOICE', 'WEBHOOK')),
    template    TEXT NOT NULL,
    answer_within_seconds INT,      -- when the next person is called; NULL where there is none
    address     TEXT NOT NULL,       -- copied from the user, still sealed for that user's row
    priority    SMALLINT NOT NULL,   -- 0 LOW … 3 CRITICAL
    state       TEXT NOT NULL DEFAULT 'QUEUED'
                CHECK (state IN ('QUEUED', 'SUBMITTING', 'SUBMITTED', 'DELIVERED', 'DEAD', 'CANCELLED', 'EXPIRED')),
    attempts    INT NOT NULL DEFAULT 0,
    not_before  TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    expires_at  TIMESTAMPTZ NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT messages_clinic_key UNIQUE (clinic_id, id),
    -- No step tells a person twice.
    CONSTRAINT messages_once_key UNIQUE (alert_id, user_id, generation, channel),
    CONSTRAINT messages_alert_id_fkey
        FOREIGN KEY (clinic_id, alert_id) REFERENCES alerts (clinic_id, id),
    CONSTRAINT messages_user_id_fkey
        FOREIGN KEY (clinic_id, user_id) REFERENCES users (clinic_id, id)
) WITH (fillfactor = 70);
CREATE INDEX messages_ready ON messages (priority DESC, not_before) WHERE state = 'QUEUED';
CREATE INDEX messages_by_alert ON messages (clinic_id, alert_id);
ALTER TABLE messages ENABLE ROW LEVEL SECURITY;
ALTER TABLE messages FORCE ROW LEVEL SECURITY;
CREATE POLICY messages_clinic_isolation ON messages
    USING (clinic_id = app_clinic_id());
CREATE POLICY messages_engine_reads ON messages FOR SELECT
    USING (app_role() = 'ENGINE');
CREATE POLICY messages_engine_claims ON messages FOR UPDATE
    USING (app_role() = 'ENGINE');
CALL grant_if_role_exists(
    'SELECT, INSERT, UPDATE (state, attempts, not_before)', 'messages', 'alert_hub');

-- Committed before the gateway is called, so that its id, which is in the callback's URL, always finds a row.
CREATE TABLE delivery_attempts (
    id            UUID PRIMARY KEY,
    clinic_id     UUID NOT NULL REFERENCES clinics(id),
    message_id    UUID NOT NULL,
    gateway       TEXT NOT NULL,
    number        INT NOT NULL CHECK (number > 0),
    state         TEXT NOT NULL DEFAULT 'SUBMITTING'
                  CHECK (state IN ('SUBMITTING', 'UNKNOWN', 'ACCEPTED', 'SENT', 'REJECTED', 'FAILED', 'UNDELIVERED',
                                   'DELIVERED', 'READ')),
    rank          SMALLINT NOT NULL DEFAULT 1,  -- only rises
    provider_id   TEXT,
    error_code    TEXT,
    submitted_at  TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    lease_until   TIMESTAMPTZ,
    updated_at    TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT delivery_attempts_clinic_key UNIQUE (clinic_id, id),
    CONSTRAINT delivery_attempts_number_key UNIQUE (message_id, number),
    CONSTRAINT delivery_attempts_message_id_fkey
        FOREIGN KEY (clinic_id, message_id) REFERENCES messages (clinic_id, id)
) WITH (fillfactor = 70);
CREATE INDEX delivery_attempts_leased ON delivery_attempts (lease_until) WHERE lease_until IS NOT NULL;
ALTER TABLE delivery_attempts ENABLE ROW LEVEL SECURITY;
ALTER TABLE delivery_attempts FORCE ROW LEVEL SECURITY;
CREATE POLICY delivery_attempts_clinic_isolation ON delivery_attempts
    USING (clinic_id = app_clinic_id());
CREATE POLICY delivery_attempts_engine ON delivery_attempts
    USING (app_role() = 'ENGINE');
CALL grant_if_role_exists(
    'SELECT, INSERT, UPDATE (state, rank, provider_id, error_code, lease_until, updated_at)',
    'delivery_attempts', 'alert_hub');

-- The callback inbox: each event of a gateway once, whatever it repeats.
CREATE TABLE gateway_events (
    gateway      TEXT NOT NULL,
    event_key    TEXT NOT NULL,
    clinic_id    UUID NOT NULL REFERENCES clinics(id),
    attempt_id   UUID NOT NULL,
    status       TEXT NOT NULL,
    raw_hash     BYTEA NOT NULL,
    received_at  TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    applied_at   TIMESTAMPTZ,
    PRIMARY KEY (gateway, event_key),
    CONSTRAINT gateway_events_attempt_id_fkey
        FOREIGN KEY (clinic_id, attempt_id) REFERENCES delivery_attempts (clinic_id, id)
);
CREATE INDEX gateway_events_by_attempt ON gateway_events (clinic_id, attempt_id);
ALTER TABLE gateway_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE gateway_events FORCE ROW LEVEL SECURITY;
CREATE POLICY gateway_events_clinic_isolation ON gateway_events
    USING (clinic_id = app_clinic_id());
CREATE POLICY gateway_events_engine ON gateway_events
    USING (app_role() = 'ENGINE');
CALL grant_if_role_exists('SELECT, INSERT, UPDATE (applied_at)', 'gateway_events', 'alert_hub');
