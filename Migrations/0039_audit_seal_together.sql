-- The audit of all clinics is sealed in one statement, where each clinic had one of its own: a storm of screens writes a few
-- rows in each of a thousand clinics a second, and a statement a clinic cost more than the rows.

-- Seals rows that wait, at most `most`, and says how many. Of several hubs one seals a clinic at a time, the others pass it by.
-- Runs as the owner of the table: nobody else may change a row.
CREATE OR REPLACE FUNCTION seal_audit_logs(most INT) RETURNS INT
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp SET client_encoding = 'UTF8' AS $$
DECLARE
    clinics UUID[];
    total   INT;
BEGIN
    SELECT array_agg(DISTINCT waiting.clinic_id ORDER BY waiting.clinic_id) INTO clinics
    FROM (SELECT clinic_id FROM audit_logs WHERE hash IS NULL ORDER BY clinic_id, id LIMIT most) waiting;
    IF clinics IS NULL THEN
        RETURN 0;
    END IF;
    INSERT INTO audit_chains (clinic_id) SELECT unnest(clinics) ON CONFLICT DO NOTHING;
    SELECT array_agg(held.clinic_id) INTO clinics
    FROM (
        SELECT clinic_id FROM audit_chains WHERE clinic_id = ANY (clinics) ORDER BY clinic_id FOR UPDATE SKIP LOCKED
    ) held;
    -- Only a statement that begins once the heads are held sees all that other hubs have sealed before.
    WITH waiting AS MATERIALIZED (
        SELECT * FROM audit_logs
        WHERE hash IS NULL AND clinic_id = ANY (clinics)
        ORDER BY clinic_id, id LIMIT most
    ), placed AS MATERIALIZED (
        SELECT l.*, c.head_hash, c.head_seq + row_number() OVER (PARTITION BY l.clinic_id ORDER BY l.id) AS place
        FROM waiting l JOIN audit_chains c USING (clinic_id)
    ), linked AS MATERIALIZED (
        SELECT id, clinic_id, place, head_hash, audit_chain(head_hash, record_send(ROW(
            place, id, clinic_id, actor_user_id, actor_role, action, target_table, target_id, ip_address, session_id,
            logged_at, outcome, occurrences))) OVER (
                PARTITION BY clinic_id ORDER BY id ROWS UNBOUNDED PRECEDING) AS link
        FROM placed
    ), sealed AS (
        UPDATE audit_logs l SET chain_seq = p.place, prev_hash = p.previous, hash = p.link
        FROM (
            SELECT *, lag(link, 1, head_hash) OVER (PARTITION BY clinic_id ORDER BY id) AS previous FROM linked
        ) p
        WHERE l.id = p.id
        RETURNING l.clinic_id, l.chain_seq, l.hash
    ), moved AS (
        UPDATE audit_chains c SET head_seq = s.chain_seq, head_hash = s.hash, sealed_at = clock_timestamp()
        FROM (
            SELECT DISTINCT ON (clinic_id) clinic_id, chain_seq, hash FROM sealed ORDER BY clinic_id, chain_seq DESC
        ) s
        WHERE c.clinic_id = s.clinic_id
    )
    SELECT count(*) INTO total FROM sealed;
    RETURN total;
END
$$;
