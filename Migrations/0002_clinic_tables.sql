-- The platform's tables: names, columns, checks, policies and rules as the platform's schema document has them.
-- Beyond it: keys that contain clinic_id, so that no row can point into another clinic, and FORCE ROW LEVEL SECURITY,
-- so that even the owner of the tables sees one clinic at a time.

CREATE TABLE clinics (
    id            UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    name          TEXT NOT NULL,
    country       TEXT NOT NULL,
    timezone      TEXT NOT NULL DEFAULT 'America/Bogota',
    is_active     BOOLEAN DEFAULT TRUE,
    created_at    TIMESTAMPTZ DEFAULT NOW(),
    updated_at    TIMESTAMPTZ DEFAULT NOW()
);
ALTER TABLE clinics ENABLE ROW LEVEL SECURITY;
ALTER TABLE clinics FORCE ROW LEVEL SECURITY;
CREATE POLICY clinics_isolation ON clinics
    USING (id = app_clinic_id() OR app_role() = 'CORPORATE_ADMIN');
CALL grant_if_role_exists('SELECT', 'clinics', 'alert_hub');

CREATE TABLE users (
    id            UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    clinic_id     UUID NOT NULL REFERENCES clinics(id),
    auth_id       TEXT NOT NULL UNIQUE,
    role          TEXT NOT NULL CHECK (role IN ('DOCTOR', 'ADMIN', 'ADMISSIONS', 'CORPORATE_ADMIN')),
    full_name     TEXT NOT NULL,
    phone_e164    TEXT,  -- sealed by the hub: base64 of key id, nonce, ciphertext and tag
    is_active     BOOLEAN DEFAULT TRUE,
    created_at    TIMESTAMPTZ DEFAULT NOW(),
    CONSTRAINT users_clinic_key UNIQUE (clinic_id, id)
);
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE users FORCE ROW LEVEL SECURITY;
CREATE POLICY users_clinic_isolation ON users
    USING (clinic_id = app_clinic_id() OR app_role() = 'CORPORATE_ADMIN');
CREATE INDEX users_by_role ON users (clinic_id, role);
CALL grant_if_role_exists('SELECT', 'users', 'alert_hub');

CREATE TABLE patients (
    id              UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    clinic_id       UUID NOT NULL REFERENCES clinics(id),
    full_name       BYTEA NOT NULL,  -- sealed by the hub, as all PHI columns here
    date_of_birth   BYTEA,
    ssn_hash        TEXT,
    insurance_id    BYTEA,
    status          TEXT NOT NULL DEFAULT 'WAITING'
                    CHECK (status IN ('WAITING', 'BEING_ATTENDED', 'DISCHARGED')),
    arrived_at      TIMESTAMPTZ DEFAULT NOW(),
    discharged_at   TIMESTAMPTZ,
    created_at      TIMESTAMPTZ DEFAULT NOW(),
    CONSTRAINT patients_clinic_key UNIQUE (clinic_id, id)
);
ALTER TABLE patients ENABLE ROW LEVEL SECURITY;
ALTER TABLE patients FORCE ROW LEVEL SECURITY;
CREATE POLICY patients_clinic_isolation ON patients
    USING (clinic_id = app_clinic_id() OR app_role() = 'CORPORATE_ADMIN');
CREATE INDEX patients_by_status ON patients (clinic_id, status);
CALL grant_if_role_exists('SELECT, UPDATE (status, discharged_at)', 'patients', 'alert_hub');

CREATE TABLE intake_forms (
    id                UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    clinic_id         UUID NOT NULL REFERENCES clinics(id),
    patient_id        UUID,
    raw_form_s3_key   TEXT,
    parsed_json       JSONB,
    pan_detected      BOOLEAN DEFAULT FALSE,
    pan_redacted      BOOLEAN DEFAULT FALSE,
    emergency_score   NUMERIC(3,2),
    is_emergency      BOOLEAN DEFAULT FALSE,
    ocr_confidence    NUMERIC(3,2),
    requires_review   BOOLEAN DEFAULT FALSE,
    processed_at      TIMESTAMPTZ,
    created_at        TIMESTAMPTZ DEFAULT NOW(),
    CONSTRAINT intake_forms_patient_id_fkey
        FOREIGN KEY (clinic_id, patient_id) REFERENCES patients (clinic_id, id)
);
ALTER TABLE intake_forms ENABLE ROW LEVEL SECURITY;
ALTER TABLE intake_forms FORCE ROW LEVEL SECURITY;
CREATE POLICY intake_forms_clinic_isolation ON intake_forms
    USING (clinic_id = app_clinic_id());
CREATE INDEX intake_forms_by_clinic ON intake_forms (clinic_id, created_at);
CALL grant_if_role_exists('SELECT', 'intake_forms', 'alert_hub');

CREATE TABLE alerts (
    id              UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    clinic_id       UUID NOT NULL REFERENCES clinics(id),
    patient_id      UUID NOT NULL,
    assigned_to     UUID,
    urgency_level   TEXT NOT NULL CHECK (urgency_level IN ('LOW', 'MODERATE', 'URGENT', 'CRITICAL')),
    room_number     TEXT,
    reason          TEXT,
    status          TEXT NOT NULL DEFAULT 'PENDING'
                    CHECK (status IN ('PENDING', 'DELIVERED', 'ACKNOWLEDGED', 'ESCALATED', 'CLOSED')),
    push_sent_at    TIMESTAMPTZ,
    sms_sent_at     TIMESTAMPTZ,
    acknowledged_at TIMESTAMPTZ,
    escalated_at    TIMESTAMPTZ,
    created_at      TIMESTAMPTZ DEFAULT NOW(),
    CONSTRAINT alerts_clinic_key UNIQUE (clinic_id, id),
    CONSTRAINT alerts_patient_id_fkey
        FOREIGN KEY (clinic_id, patient_id) REFERENCES patients (clinic_id, id),
    CONSTRAINT alerts_assigned_to_fkey
        FOREIGN KEY (clinic_id, assigned_to) REFERENCES users (clinic_id, id)
);
ALTER TABLE alerts ENABLE ROW LEVEL SECURITY;
ALTER TABLE alerts FORCE ROW LEVEL SECURITY;
CREATE POLICY alerts_clinic_isolation ON alerts
    USING (clinic_id = app_clinic_id());
-- The list of a clinic is paged by (created_at, id); the board reads what nobody has answered.
CREATE INDEX alerts_by_age ON alerts (clinic_id, created_at, id);
CREATE INDEX alerts_unanswered ON alerts (clinic_id, created_at, id)
    WHERE status IN ('PENDING', 'DELIVERED', 'ESCALATED');
CALL grant_if_role_exists(
    'SELECT, INSERT, UPDATE (status, assigned_to, push_sent_at, sms_sent_at, acknowledged_at, escalated_at)',
    'alerts', 'alert_hub');

-- An alert is assigned to an active doctor of its clinic, or to nobody.
CREATE FUNCTION check_alert_assignee() RETURNS TRIGGER
    LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM users
        WHERE clinic_id = NEW.clinic_id AND id = NEW.assigned_to AND NOT (role = 'DOCTOR' AND is_active IS TRUE)
    ) THEN
        RAISE EXCEPTION 'the assignee is not an active doctor'
            USING ERRCODE = 'check_violation', TABLE = 'alerts', COLUMN = 'assigned_to',
                  CONSTRAINT = 'alerts_assigned_to_is_active_doctor';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER alerts_assignee_is_active_doctor
    BEFORE INSERT OR UPDATE OF assigned_to ON alerts
    FOR EACH ROW WHEN (NEW.assigned_to IS NOT NULL)
    EXECUTE FUNCTION check_alert_assignee();

CREATE TABLE billing_display_cache (
    id              UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    clinic_id       UUID NOT NULL REFERENCES clinics(id),
    patient_id      UUID,
    square_order_id TEXT UNIQUE,
    status          TEXT CHECK (status IN ('PENDING', 'PAID', 'REJECTED')),
    amount_cents    INT,
    currency        CHAR(3) DEFAULT 'USD',
    last_synced_at  TIMESTAMPTZ DEFAULT NOW(),
    CONSTRAINT billing_display_cache_patient_id_fkey
        FOREIGN KEY (clinic_id, patient_id) REFERENCES patients (clinic_id, id)
);
ALTER TABLE billing_display_cache ENABLE ROW LEVEL SECURITY;
ALTER TABLE billing_display_cache FORCE ROW LEVEL SECURITY;
CREATE POLICY billing_display_cache_clinic_isolation ON billing_display_cache
    USING (clinic_id = app_clinic_id());
CREATE INDEX billing_display_cache_by_clinic ON billing_display_cache (clinic_id, status);
CALL grant_if_role_exists('SELECT', 'billing_display_cache', 'alert_hub');

CREATE TABLE audit_logs (
    id              BIGSERIAL PRIMARY KEY,
    clinic_id       UUID NOT NULL,
    actor_user_id   UUID,
    actor_role      TEXT,
    action          TEXT NOT NULL,
    target_table    TEXT,
    target_id       UUID,
    ip_address      INET,
    session_id      TEXT,
    logged_at       TIMESTAMPTZ DEFAULT NOW()
);
-- No row level security here: the hub may only insert, audit_reader may only read.
CREATE RULE no_update_audit_logs AS ON UPDATE TO audit_logs DO INSTEAD NOTHING;
CREATE RULE no_delete_audit_logs AS ON DELETE TO audit_logs DO INSTEAD NOTHING;
CREATE INDEX audit_logs_by_clinic ON audit_logs (clinic_id, logged_at);
CALL grant_if_role_exists('INSERT', 'audit_logs', 'alert_hub');
CALL grant_if_role_exists('USAGE', 'SEQUENCE audit_logs_id_seq', 'alert_hub');
CALL grant_if_role_exists('SELECT', 'audit_logs', 'audit_reader');
