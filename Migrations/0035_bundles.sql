-- Texts that are gathered into one: a bundle is a message of its own, and the messages whose place it takes name it.

ALTER TABLE messages DROP CONSTRAINT messages_purpose_check;
ALTER TABLE messages DROP CONSTRAINT messages_state_check;
ALTER TABLE messages
    ADD COLUMN bundled_into UUID,  -- the message that went out, or is to, in this one's place
    ADD CONSTRAINT messages_purpose_check CHECK (purpose IN ('ALERT', 'VERIFY', 'TEST', 'REPLY', 'BUNDLE')),
    ADD CONSTRAINT messages_state_check CHECK (
        state IN ('QUEUED', 'SUBMITTING', 'SUBMITTED', 'DELIVERED', 'DEAD', 'CANCELLED', 'EXPIRED', 'BUNDLED')),
    ADD CONSTRAINT messages_bundled_into_fkey
        FOREIGN KEY (clinic_id, bundled_into) REFERENCES messages (clinic_id, id),
    ADD CONSTRAINT messages_bundled_check CHECK (state <> 'BUNDLED' OR bundled_into IS NOT NULL AND alert_id IS NOT NULL);
CREATE INDEX messages_bundled ON messages (bundled_into) WHERE state = 'BUNDLED';
-- What was bundled into a message is looked for whenever one is removed.
CREATE INDEX messages_by_bundle ON messages (clinic_id, bundled_into) WHERE bundled_into IS NOT NULL;
CREATE INDEX messages_bundles ON messages (clinic_id, user_id, created_at) WHERE purpose = 'BUNDLE';
CALL grant_if_role_exists('UPDATE (priority, bundled_into)', 'messages', 'alert_hub');
