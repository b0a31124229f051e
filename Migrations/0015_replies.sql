-- Answers by text: texts that came in, and phones that guess.

-- A code is looked for across clinics.
CREATE INDEX escalations_by_code ON escalations (code) WHERE closed_at IS NULL;

-- Each text once, whatever the gateway repeats. The text itself is not kept.
CREATE TABLE inbound_texts (
    gateway      TEXT NOT NULL,
    event_key    TEXT NOT NULL,
    outcome      TEXT NOT NULL,
    received_at  TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (gateway, event_key)
);
ALTER TABLE inbound_texts ENABLE ROW LEVEL SECURITY;
ALTER TABLE inbound_texts FORCE ROW LEVEL SECURITY;
CREATE POLICY inbound_texts_engine ON inbound_texts USING (app_role() = 'ENGINE');
CALL grant_if_role_exists('SELECT, INSERT', 'inbound_texts', 'alert_hub');

-- How often a phone gave a code that it was not sent; a keyed digest stands for the phone.
CREATE TABLE reply_guards (
    phone_digest  BYTEA PRIMARY KEY,
    wrong         INT NOT NULL,
    since         TIMESTAMPTZ NOT NULL,
    locked_until  TIMESTAMPTZ
);
ALTER TABLE reply_guards ENABLE ROW LEVEL SECURITY;
ALTER TABLE reply_guards FORCE ROW LEVEL SECURITY;
CREATE POLICY reply_guards_engine ON reply_guards USING (app_role() = 'ENGINE');
CALL grant_if_role_exists('SELECT, INSERT, UPDATE, DELETE', 'reply_guards', 'alert_hub');
