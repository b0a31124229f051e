-- One-time links, by which a person answers from a phone.

-- The token itself is known to the text alone; what is kept is its digest.
CREATE TABLE answer_links (
    token_digest  BYTEA PRIMARY KEY CHECK (length(token_digest) = 32),
    clinic_id     UUID NOT NULL REFERENCES clinics(id),
    alert_id      UUID NOT NULL,
    user_id       UUID NOT NULL,
    message_id    UUID NOT NULL,
    created_at    TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    expires_at    TIMESTAMPTZ NOT NULL,
    used_at       TIMESTAMPTZ,
    used_for      TEXT,
    CONSTRAINT answer_links_alert_id_fkey
        FOREIGN KEY (clinic_id, alert_id) REFERENCES alerts (clinic_id, id),
    CONSTRAINT answer_links_user_id_fkey
        FOREIGN KEY (clinic_id, user_id) REFERENCES users (clinic_id, id),
    CONSTRAINT answer_links_message_id_fkey
        FOREIGN KEY (clinic_id, message_id) REFERENCES messages (clinic_id, id)
);
CREATE INDEX answer_links_by_age ON answer_links (expires_at);
ALTER TABLE answer_links ENABLE ROW LEVEL SECURITY;
ALTER TABLE answer_links FORCE ROW LEVEL SECURITY;
CREATE POLICY answer_links_clinic_isolation ON answer_links
    USING (clinic_id = app_clinic_id());
-- Who presents a token is in no clinic yet.
CREATE POLICY answer_links_engine ON answer_links FOR SELECT
    USING (app_role() = 'ENGINE');
CALL grant_if_role_exists('SELECT, INSERT, UPDATE (used_at, used_for)', 'answer_links', 'alert_hub');
