-- Tokens that are believed no more before their time is over: one token by its id, or all that a user was given so far.
CREATE TABLE revocations (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    clinic_id   UUID NOT NULL REFERENCES clinics(id),
    user_id     UUID,         -- the user's tokens that were issued up to revoked_at
    token_id    TEXT CHECK (length(token_id) BETWEEN 1 AND 128),
    revoked_at  TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    revoked_by  UUID,         -- NULL: an operator's command; CORPORATE_ADMIN is of another clinic
    expires_at  TIMESTAMPTZ,  -- the token's own end; NULL where nobody told it, and for a user
    CONSTRAINT revocations_names_one_thing CHECK ((user_id IS NULL) <> (token_id IS NULL)),
    CONSTRAINT revocations_user_id_fkey FOREIGN KEY (clinic_id, user_id) REFERENCES users (clinic_id, id)
);
CREATE UNIQUE INDEX revocations_one_a_user ON revocations (clinic_id, user_id) WHERE user_id IS NOT NULL;
CREATE UNIQUE INDEX revocations_one_a_token ON revocations (clinic_id, token_id) WHERE token_id IS NOT NULL;
-- Every hub reads what is new, by the time of the change.
CREATE INDEX revocations_by_change ON revocations (revoked_at, id);
ALTER TABLE revocations ENABLE ROW LEVEL SECURITY;
ALTER TABLE revocations FORCE ROW LEVEL SECURITY;
CREATE POLICY revocations_clinic_isolation ON revocations
    USING (clinic_id = app_clinic_id());
CREATE POLICY revocations_engine ON revocations FOR SELECT
    USING (app_role() = 'ENGINE');
CALL grant_if_role_exists(
    'SELECT, INSERT, DELETE, UPDATE (revoked_at, revoked_by, expires_at)', 'revocations', 'alert_hub');
