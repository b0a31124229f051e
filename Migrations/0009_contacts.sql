-- How each person is reached outside of the hub's screens: contacts, the owner's rules and quiet hours, and messages
-- that belong to no alert.

CREATE TABLE contact_methods (
    id               UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    clinic_id        UUID NOT NULL REFERENCES clinics(id),
    user_id          UUID NOT NULL,
    kind             TEXT NOT NULL CHECK (kind IN ('SMS', 'PUSH', 'VOICE', 'WEBHOOK')),
    label            TEXT NOT NULL DEFAULT '',
    address          TEXT NOT NULL,  -- sealed for this row; where from_directory, still for its user's phone_e164
    address_digest   BYTEA,          -- keyed, so that a reply finds its number's rows; NULL until the hub saw the row
    from_directory   BOOLEAN NOT NULL DEFAULT FALSE,
    position         INT NOT NULL,   -- the owner's order, ascending
    verified_at      TIMESTAMPTZ,
    opted_out_at     TIMESTAMPTZ,
    opted_out_by     TEXT CHECK (opted_out_by IN ('OWNER', 'REPLY', 'GATEWAY')),
    code_digest      BYTEA,          -- of the code that was sent last; NULL where none is awaited
    code_expires_at  TIMESTAMPTZ,
    code_failures    INT NOT NULL DEFAULT 0,
    locked_until     TIMESTAMPTZ,    -- no code is taken before it
    created_at       TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    deleted_at       TIMESTAMPTZ,    -- the row stays for its messages, without its address
    CONSTRAINT contact_methods_clinic_key UNIQUE (clinic_id, id),
    CONSTRAINT contact_methods_user_id_fkey
        FOREIGN KEY (clinic_id, user_id) REFERENCES users (clinic_id, id),
    CONSTRAINT contact_methods_opt_out_check CHECK ((opted_out_at IS NULL) = (opted_out_by IS NULL)),
    CONSTRAINT contact_methods_code_check CHECK ((code_digest IS NULL) = (code_expires_at IS NULL))
);
CREATE INDEX contact_methods_by_user ON contact_methods (clinic_id, user_id, position) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX contact_methods_address_key ON contact_methods (clinic_id, user_id, kind, address_digest)
    WHERE deleted_at IS NULL AND NOT from_directory;
CREATE UNIQUE INDEX contact_methods_directory_key ON contact_methods (clinic_id, user_id)
    WHERE deleted_at IS NULL AND from_directory;
CREATE INDEX contact_methods_by_digest ON contact_methods (address_digest) WHERE deleted_at IS NULL;

-- Whoever has a number in users is reached by it, as before. Row level security would hide them from the owner.
ALTER TABLE users NO FORCE ROW LEVEL SECURITY;
INSERT INTO contact_methods (clinic_id, user_id, kind, address, from_directory, position, verified_at)
SELECT clinic_id, id, 'SMS', phone_e164, TRUE, 0, clock_timestamp() FROM users WHERE phone_e164 IS NOT NULL;
ALTER TABLE users FORCE ROW LEVEL SECURITY;

ALTER TABLE contact_methods ENABLE ROW LEVEL SECURITY;
ALTER TABLE contact_methods FORCE ROW LEVEL SECURITY;
CREATE POLICY contact_methods_clinic_isolation ON contact_methods
    USING (clinic_id = app_clinic_id());
CREATE POLICY contact_methods_engine ON contact_methods FOR SELECT
    USING (app_role() = 'ENGINE');
CALL grant_if_role_exists(
    'SELECT, INSERT, UPDATE (label, address, address_digest, position, verified_at, opted_out_at, opted_out_by,'
    ' code_digest, code_expires_at, code_failures, locked_until, deleted_at)',
    'contact_methods', 'alert_hub');

-- The number in users is a contact of its own, which follows it.
CREATE FUNCTION keep_directory_contact() RETURNS TRIGGER
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    clinic_before TEXT := current_setting('app.current_clinic_id', true);
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.phone_e164 IS NOT DISTINCT FROM OLD.phone_e164 THEN
        RETURN NULL;
    END IF;
    PERFORM set_config('app.current_clinic_id', NEW.clinic_id::TEXT, true);
    IF NEW.phone_e164 IS NULL THEN
        UPDATE contact_methods SET deleted_at = clock_timestamp(), address = '', address_digest = NULL
        WHERE clinic_id = NEW.clinic_id AND user_id = NEW.id AND from_directory AND deleted_at IS NULL;
    ELSE
        INSERT INTO contact_methods (clinic_id, user_id, kind, address, from_directory, position, verified_at)
        VALUES (NEW.clinic_id, NEW.id, 'SMS', NEW.phone_e164, TRUE, 0, clock_timestamp())
        ON CONFLICT (clinic_id, user_id) WHERE deleted_at IS NULL AND from_directory DO UPDATE
        SET address = EXCLUDED.address, address_digest = NULL, verified_at = EXCLUDED.verified_at,
            opted_out_at = NULL, opted_out_by = NULL;
    END IF;
    PERFORM set_config('app.current_clinic_id', COALESCE(clinic_before, ''), true);
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION keep_directory_contact() FROM PUBLIC;
CREATE TRIGGER users_keep_directory_contact
    AFTER INSERT OR UPDATE OF phone_e164 ON users
    FOR EACH ROW EXECUTE FUNCTION keep_directory_contact();

-- By which contacts a person wants to be told of an urgency, and how long after the page began.
CREATE TABLE notification_rules (
    clinic_id      UUID NOT NULL REFERENCES clinics(id),
    user_id        UUID NOT NULL,
    urgency_level  TEXT NOT NULL CHECK (urgency_level IN ('LOW', 'MODERATE', 'URGENT', 'CRITICAL')),
    position       INT NOT NULL CHECK (position >= 0),
    contact_id     UUID NOT NULL,
    after_seconds  INT NOT NULL CHECK (after_seconds >= 0),
    PRIMARY KEY (clinic_id, user_id, urgency_level, position),
    CONSTRAINT notification_rules_contact_key UNIQUE (clinic_id, user_id, urgency_level, contact_id),
    CONSTRAINT notification_rules_user_id_fkey
        FOREIGN KEY (clinic_id, user_id) REFERENCES users (clinic_id, id),
    CONSTRAINT notification_rules_contact_id_fkey
        FOREIGN KEY (clinic_id, contact_id) REFERENCES contact_methods (clinic_id, id)
);
ALTER TABLE notification_rules ENABLE ROW LEVEL SECURITY;
ALTER TABLE notification_rules FORCE ROW LEVEL SECURITY;
CREATE POLICY notification_rules_clinic_isolation ON notification_rules
    USING (clinic_id = app_clinic_id());
CALL grant_if_role_exists('SELECT, INSERT, DELETE', 'notification_rules', 'alert_hub');

CREATE TABLE quiet_hours (
    clinic_id  UUID NOT NULL REFERENCES clinics(id),
    user_id    UUID NOT NULL,
    zone       TEXT NOT NULL,
    windows    JSONB NOT NULL,  -- [{"days":["MON",…],"from":"22:00","to":"06:00"},…]
    PRIMARY KEY (clinic_id, user_id),
    CONSTRAINT quiet_hours_user_id_fkey
        FOREIGN KEY (clinic_id, user_id) REFERENCES users (clinic_id, id)
);
ALTER TABLE quiet_hours ENABLE ROW LEVEL SECURITY;
ALTER TABLE quiet_hours FORCE ROW LEVEL SECURITY;
CREATE POLICY quiet_hours_clinic_isolation ON quiet_hours
    USING (clinic_id = app_clinic_id());
CALL grant_if_role_exists('SELECT, INSERT, UPDATE (zone, windows), DELETE', 'quiet_hours', 'alert_hub');

CALL grant_if_role_exists('INSERT, UPDATE (backup_id), DELETE', 'doctor_backups', 'alert_hub');

-- A message may prove a contact or test it, instead of telling of an alert; and it names the contact that it goes to.
ALTER TABLE messages ALTER COLUMN alert_id DROP NOT NULL;
ALTER TABLE messages
    ADD COLUMN contact_id UUID,       -- NULL: the number of users, as before
    ADD COLUMN purpose TEXT NOT NULL DEFAULT 'ALERT' CHECK (purpose IN ('ALERT', 'VERIFY', 'TEST')),
    ADD COLUMN sealed_code TEXT,      -- of VERIFY until it was handed over
    ADD CONSTRAINT messages_contact_id_fkey
        FOREIGN KEY (clinic_id, contact_id) REFERENCES contact_methods (clinic_id, id),
    ADD CONSTRAINT messages_alert_check CHECK ((purpose = 'ALERT') = (alert_id IS NOT NULL));
ALTER TABLE messages DROP CONSTRAINT messages_once_key;
-- No step tells a person twice by one contact.
CREATE UNIQUE INDEX messages_once_key ON messages (alert_id, user_id, generation, channel, contact_id)
    NULLS NOT DISTINCT WHERE alert_id IS NOT NULL;
CREATE INDEX messages_by_contact ON messages (clinic_id, contact_id, created_at) WHERE contact_id IS NOT NULL;
CALL grant_if_role_exists('UPDATE (sealed_code)', 'messages', 'alert_hub');
