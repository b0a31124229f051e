-- Roles, and the settings by which row level security knows the tenant.
--
-- alert_hub      the hub's login role: owns nothing, bypasses nothing, has only the grants below.
-- audit_reader   may read audit_logs, and nothing else.
-- Migrations run as the owner of the tables. Where the roles are missing and this user may not create them,
-- an administrator creates them and grants by hand what the following files grant.

DO $$
DECLARE
    wanted TEXT;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['alert_hub', 'audit_reader'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
            EXCEPTION
                WHEN insufficient_privilege THEN
                    RAISE NOTICE 'role % is missing and % may not create it', wanted, current_user;
                WHEN duplicate_object OR unique_violation THEN
                    NULL; -- another database of this cluster was migrated at the same moment
            END;
        END IF;
    END LOOP;
END
$$;

-- The clinic of this transaction; NULL where nobody set it, and then no row is visible.
CREATE FUNCTION app_clinic_id() RETURNS UUID
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN NULLIF(current_setting('app.current_clinic_id', true), '')::UUID;

-- The role of this transaction: a role of the seed, or ENGINE for the hub's own claims across clinics.
CREATE FUNCTION app_role() RETURNS TEXT
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN NULLIF(current_setting('app.current_role', true), '');

-- The user of this transaction; NULL for the hub itself.
CREATE FUNCTION app_user_id() RETURNS UUID
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN NULLIF(current_setting('app.current_user_id', true), '')::UUID;

-- Grants to a role where that role exists, so that the same files run where an administrator keeps roles away.
CREATE PROCEDURE grant_if_role_exists(privileges TEXT, target TEXT, grantee TEXT)
    LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = grantee) THEN
        EXECUTE format('GRANT %s ON %s TO %I', privileges, target, grantee);
    END IF;
END
$$;
REVOKE ALL ON PROCEDURE grant_if_role_exists(TEXT, TEXT, TEXT) FROM PUBLIC;

CALL grant_if_role_exists('USAGE', 'SCHEMA public', 'alert_hub');
CALL grant_if_role_exists('USAGE', 'SCHEMA public', 'audit_reader');
