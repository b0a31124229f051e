-- What the dispatcher remembers of messages and attempts beyond their states.

ALTER TABLE messages
    ADD COLUMN tries_before  INT NOT NULL DEFAULT 0,  -- attempts before the last replay: they do not count any more
    ADD COLUMN dead_at       TIMESTAMPTZ,             -- DEAD or EXPIRED since then
    ADD COLUMN dead_reason   TEXT,                    -- the gateway's last code, or a word of the hub's
    ADD COLUMN replays       INT NOT NULL DEFAULT 0;
CREATE INDEX messages_dead ON messages (clinic_id, dead_at DESC, id DESC) WHERE dead_at IS NOT NULL;
CALL grant_if_role_exists(
    'UPDATE (generation, step, expires_at, tries_before, dead_at, dead_reason, replays)', 'messages', 'alert_hub');

ALTER TABLE delivery_attempts
    -- What the call itself came to; state goes on from there. UNKNOWN is the one excuse for a duplicate.
    ADD COLUMN outcome         TEXT CHECK (outcome IN ('ACCEPTED', 'REJECTED', 'UNKNOWN')),
    ADD COLUMN address_digest  BYTEA;  -- keyed, so that messages to one number can be counted
CREATE INDEX delivery_attempts_by_address ON delivery_attempts (address_digest, submitted_at DESC)
    WHERE address_digest IS NOT NULL;
CREATE INDEX delivery_attempts_by_provider_id ON delivery_attempts (gateway, provider_id)
    WHERE provider_id IS NOT NULL;
CALL grant_if_role_exists('UPDATE (outcome)', 'delivery_attempts', 'alert_hub');

-- Signed callbacks whose attempt is not known yet: applied as soon as it is, thrown away after a day. They belong to no
-- clinic until then, and name nobody.
CREATE TABLE unmatched_callbacks (
    gateway      TEXT NOT NULL,
    event_key    TEXT NOT NULL,
    attempt_id   UUID,
    provider_id  TEXT,
    state        TEXT NOT NULL,
    error_code   TEXT,
    raw_hash     BYTEA NOT NULL,
    received_at  TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (gateway, event_key)
);
ALTER TABLE unmatched_callbacks ENABLE ROW LEVEL SECURITY;
ALTER TABLE unmatched_callbacks FORCE ROW LEVEL SECURITY;
CREATE POLICY unmatched_callbacks_engine ON unmatched_callbacks
    USING (app_role() = 'ENGINE');
CALL grant_if_role_exists('SELECT, INSERT, DELETE', 'unmatched_callbacks', 'alert_hub');
