-- The audit is a chain a clinic: each row holds the hash of the one before it, so that none can be changed, taken out, put in
-- or moved without breaking the chain from there on (decision 0025).
--
-- A row is written without a place, so that writers do not wait for each other, and sealed a moment later: it gets the next
-- place of its clinic's chain, and its hash. That is the one change a row ever sees.
--
--   hash = SHA-256(prev_hash || record_send(ROW(
--       chain_seq, id, clinic_id, actor_user_id, actor_role, action, target_table, target_id, ip_address, session_id,
--       logged_at, outcome, occurrences)))
--
-- prev_hash of a clinic's first row is 32 zero bytes. record_send is PostgreSQL's binary form of a row: the number of columns,
-- then of each its type's OID, its length (-1: NULL), both as four bytes, and its bytes; texts in UTF-8.

ALTER TABLE audit_logs
    ADD COLUMN chain_seq BIGINT CHECK (chain_seq > 0),
    ADD COLUMN prev_hash BYTEA CHECK (length(prev_hash) = 32),
    ADD COLUMN hash      BYTEA CHECK (length(hash) = 32),
    ADD CONSTRAINT audit_logs_sealed_whole CHECK (
        (chain_seq IS NULL) = (hash IS NULL) AND (prev_hash IS NULL) = (hash IS NULL));
-- What waits to be sealed: the rows of a second.
CREATE INDEX audit_logs_unsealed ON audit_logs (clinic_id, id) WHERE hash IS NULL;

-- Where each clinic's chain ends: so it shows when the last rows are gone.
CREATE TABLE audit_chains (
    clinic_id  UUID PRIMARY KEY,  -- zeros: what belongs to no clinic
    head_seq   BIGINT NOT NULL DEFAULT 0,
    head_hash  BYTEA NOT NULL DEFAULT decode(repeat('00', 32), 'hex') CHECK (length(head_hash) = 32),
    sealed_at  TIMESTAMPTZ
) WITH (fillfactor = 50);
ALTER TABLE audit_chains ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_chains FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_chains_engine ON audit_chains
    USING (app_role() = 'ENGINE');

CREATE FUNCTION audit_link(head BYTEA, start BYTEA, fields BYTEA) RETURNS BYTEA
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN sha256(COALESCE(head, start) || fields);

-- The hashes of a chain that goes on from `start`: an aggregate, so that a window walks it in one pass.
CREATE AGGREGATE audit_chain(start BYTEA, fields BYTEA) (SFUNC = audit_link, STYPE = BYTEA);

-- Seals rows that wait, at most `most`, and says how many. Of several hubs one seals a clinic at a time, the others pass it by.
-- Runs as the owner of the table: nobody else may change a row.
CREATE FUNCTION seal_audit_logs(most INT) RETURNS INT
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp SET client_encoding = 'UTF8' AS $$
DECLARE
    clinic UUID;
    chain  audit_chains;
    total  INT := 0;
    count  INT;
BEGIN
    FOR clinic IN
        SELECT DISTINCT waiting.clinic_id
        FROM (SELECT clinic_id FROM audit_logs WHERE hash IS NULL ORDER BY clinic_id, id LIMIT most) waiting
        ORDER BY 1
    LOOP
        INSERT INTO audit_chains (clinic_id) VALUES (clinic) ON CONFLICT DO NOTHING;
        SELECT * INTO chain FROM audit_chains WHERE clinic_id = clinic FOR UPDATE SKIP LOCKED;
        CONTINUE WHEN NOT FOUND;
        WITH waiting AS MATERIALIZED (
            SELECT l.*, chain.head_seq + row_number() OVER (ORDER BY l.id) AS place
            FROM audit_logs l WHERE l.clinic_id = clinic AND l.hash IS NULL ORDER BY l.id LIMIT most - total
        ), linked AS MATERIALIZED (
            SELECT id, place, audit_chain(chain.head_hash, record_send(ROW(
                place, id, clinic_id, actor_user_id, actor_role, action, target_table, target_id, ip_address, session_id,
                logged_at, outcome, occurrences))) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING) AS link
            FROM waiting
        ), sealed AS (
            UPDATE audit_logs l SET chain_seq = p.place, prev_hash = p.previous, hash = p.link
            FROM (SELECT *, lag(link, 1, chain.head_hash) OVER (ORDER BY id) AS previous FROM linked) p
            WHERE l.id = p.id
            RETURNING l.chain_seq, l.hash
        )
        SELECT count(*), max(s.chain_seq), (array_agg(s.hash ORDER BY s.chain_seq DESC))[1]
        INTO count, chain.head_seq, chain.head_hash FROM sealed s;
        -- Where another hub has sealed them since they were seen, there is nothing to add.
        CONTINUE WHEN count = 0;
        UPDATE audit_chains
        SET head_seq = chain.head_seq, head_hash = chain.head_hash, sealed_at = clock_timestamp()
        WHERE clinic_id = clinic;
        total := total + count;
        EXIT WHEN total >= most;
    END LOOP;
    RETURN total;
END
$$;
REVOKE ALL ON FUNCTION seal_audit_logs(INT) FROM PUBLIC;
CALL grant_if_role_exists('EXECUTE', 'FUNCTION seal_audit_logs(INT)', 'alert_hub');

-- The rules made nothing of an UPDATE or DELETE, and told nobody. Triggers refuse it with an error, the owner and a
-- superuser too.
DROP RULE no_update_audit_logs ON audit_logs;
DROP RULE no_delete_audit_logs ON audit_logs;

CREATE FUNCTION refuse_audit_change() RETURNS TRIGGER
    LANGUAGE plpgsql AS $$
DECLARE
    stack TEXT;
BEGIN
    IF TG_OP = 'UPDATE' AND TG_LEVEL = 'STATEMENT' THEN
        GET DIAGNOSTICS stack = PG_CONTEXT;
        IF stack LIKE '%seal_audit_logs(integer)%' THEN
            RETURN NULL;
        END IF;
    END IF;
    RAISE EXCEPTION 'audit_logs is append-only: no % of its rows', TG_OP
        USING ERRCODE = 'insufficient_privilege', TABLE = 'audit_logs';
END
$$;
CREATE TRIGGER no_update_audit_logs
    BEFORE UPDATE ON audit_logs
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
-- Sealing happens once to a row, and changes nothing else of it.
CREATE TRIGGER audit_logs_sealed_once
    BEFORE UPDATE ON audit_logs
    FOR EACH ROW WHEN (
        OLD.hash IS NOT NULL OR NEW.hash IS NULL
        OR ROW(
            NEW.id, NEW.clinic_id, NEW.actor_user_id, NEW.actor_role, NEW.action, NEW.target_table, NEW.target_id,
            NEW.ip_address, NEW.session_id, NEW.logged_at, NEW.outcome, NEW.occurrences)
        IS DISTINCT FROM ROW(
            OLD.id, OLD.clinic_id, OLD.actor_user_id, OLD.actor_role, OLD.action, OLD.target_table, OLD.target_id,
            OLD.ip_address, OLD.session_id, OLD.logged_at, OLD.outcome, OLD.occurrences))
    EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER no_delete_audit_logs
    BEFORE DELETE OR TRUNCATE ON audit_logs
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

-- The hub says what happened, and neither when, nor where in the chain.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'alert_hub') THEN
        REVOKE INSERT ON audit_logs FROM alert_hub;
    END IF;
END
$$;
CALL grant_if_role_exists(
    'INSERT (clinic_id, actor_user_id, actor_role, action, target_table, target_id, ip_address, session_id, outcome, '
    'occurrences)', 'audit_logs', 'alert_hub');

-- The hub reads the audit by this function alone, which asks on whose behalf: an ADMIN of the clinic itself; of any clinic
-- CORPORATE_ADMIN and AUDIT_READER. The newest first, after the place ($before_at, $before_id).
CREATE FUNCTION read_audit_logs(
    clinic UUID, actions TEXT[], actor UUID, named_table TEXT, target UUID, session TEXT,
    from_at TIMESTAMPTZ, to_at TIMESTAMPTZ, before_at TIMESTAMPTZ, before_id BIGINT, most INT
) RETURNS SETOF audit_logs
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT COALESCE(
        app_role() IN ('CORPORATE_ADMIN', 'AUDIT_READER') OR app_role() = 'ADMIN' AND clinic = app_clinic_id(), FALSE)
    THEN
        RAISE EXCEPTION 'this role may not read the audit of this clinic' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN QUERY
        SELECT * FROM audit_logs l
        WHERE l.clinic_id = clinic AND (l.logged_at, l.id) < (before_at, before_id)
            AND l.logged_at >= from_at AND l.logged_at < to_at
            AND (actions IS NULL OR l.action = ANY (actions))
            AND (actor IS NULL OR l.actor_user_id = actor)
            AND (named_table IS NULL OR l.target_table = named_table)
            AND (target IS NULL OR l.target_id = target)
            AND (session IS NULL OR l.session_id = session)
        ORDER BY l.logged_at DESC, l.id DESC LIMIT most;
END
$$;
REVOKE ALL ON FUNCTION read_audit_logs(
    UUID, TEXT[], UUID, TEXT, UUID, TEXT, TIMESTAMPTZ, TIMESTAMPTZ, TIMESTAMPTZ, BIGINT, INT) FROM PUBLIC;
CALL grant_if_role_exists(
    'EXECUTE',
    'FUNCTION read_audit_logs(UUID, TEXT[], UUID, TEXT, UUID, TEXT, TIMESTAMPTZ, TIMESTAMPTZ, TIMESTAMPTZ, BIGINT, INT)',
    'alert_hub');
