/// Makes the roles and the database of a private cluster, where they are missing. Blocks.
enum Provisioning {
    static func run(_ access: ClusterAccess) throws(DatabaseError) {
        let server = try BlockingConnection(access.settings(.superuser, database: "postgres"))
        try server.execute(script: roles)
        if try server.query("SELECT FROM pg_database WHERE datname = 'alert_hub'").isEmpty {
            try server.execute(
                script: "CREATE DATABASE alert_hub OWNER alert_hub_owner TEMPLATE template0 ENCODING UTF8")
        }
        try BlockingConnection(access.settings(.superuser)).execute(script: database)
    }

    /// `audit_reader` is a group that an auditor's login is put into; the migrations grant it its rights.
    private static let roles = """
        DO $$
        BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'alert_hub_owner') THEN
                CREATE ROLE alert_hub_owner LOGIN;
            END IF;
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'alert_hub') THEN
                CREATE ROLE alert_hub LOGIN;
            END IF;
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'audit_reader') THEN
                CREATE ROLE audit_reader NOLOGIN;
            END IF;
        END
        $$;
        ALTER ROLE alert_hub LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
        ALTER ROLE alert_hub_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
        """

    private static let database = """
        REVOKE ALL ON DATABASE alert_hub FROM PUBLIC;
        GRANT CONNECT ON DATABASE alert_hub TO alert_hub, audit_reader;
        ALTER SCHEMA public OWNER TO alert_hub_owner;
        REVOKE ALL ON SCHEMA public FROM PUBLIC;
        GRANT USAGE ON SCHEMA public TO alert_hub;
        """
}
