-- Forms on their way from the scanner to a patient's record: uploaded, read by a machine, approved by a person.
--
-- What identifies a patient is sealed by the hub, in the JSON columns too: {"sealed": base64, …} with nothing but names of
-- fields, counts and confidences beside it. Card numbers were taken out before anything was sealed.

CREATE TABLE uploads (
    id                   UUID PRIMARY KEY,
    clinic_id            UUID NOT NULL REFERENCES clinics(id),
    uploaded_by_user_id  UUID NOT NULL,
    original_filename    TEXT,  -- sealed: people name files after patients
    mime_type            TEXT NOT NULL,
    storage_key          TEXT NOT NULL,
    status               TEXT NOT NULL DEFAULT 'UPLOADED'
                         CHECK (status IN ('UPLOADED', 'PROCESSING', 'EXTRACTED', 'VERIFIED', 'REJECTED', 'ERROR')),
    size_bytes           BIGINT NOT NULL CHECK (size_bytes > 0),
    content_digest       BYTEA NOT NULL,  -- keyed
    idempotency_key      TEXT,
    created_at           TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    updated_at           TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT uploads_clinic_key UNIQUE (clinic_id, id),
    CONSTRAINT uploads_idempotency_key UNIQUE (clinic_id, uploaded_by_user_id, idempotency_key),
    CONSTRAINT uploads_uploaded_by_user_id_fkey
        FOREIGN KEY (clinic_id, uploaded_by_user_id) REFERENCES users (clinic_id, id)
);
CREATE INDEX uploads_by_age ON uploads (clinic_id, created_at DESC);
CREATE INDEX uploads_by_status ON uploads (clinic_id, status);
ALTER TABLE uploads ENABLE ROW LEVEL SECURITY;
ALTER TABLE uploads FORCE ROW LEVEL SECURITY;
CREATE POLICY uploads_clinic_isolation ON uploads
    USING (clinic_id = app_clinic_id());
CALL grant_if_role_exists('SELECT, INSERT, UPDATE (status, updated_at)', 'uploads', 'alert_hub');

-- The hub decides by the same table; this is for whoever writes past the hub.
CREATE FUNCTION check_upload_status() RETURNS TRIGGER
    LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.status, NEW.status) NOT IN (
        ('UPLOADED', 'PROCESSING'), ('UPLOADED', 'ERROR'), ('PROCESSING', 'EXTRACTED'), ('PROCESSING', 'ERROR'),
        ('EXTRACTED', 'VERIFIED'), ('EXTRACTED', 'REJECTED'), ('ERROR', 'VERIFIED'), ('ERROR', 'REJECTED')
    ) THEN
        RAISE EXCEPTION 'an upload does not go from % to %', OLD.status, NEW.status
            USING ERRCODE = 'check_violation', TABLE = 'uploads', CONSTRAINT = 'uploads_status_forward';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER uploads_status_forward
    BEFORE UPDATE OF status ON uploads
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION check_upload_status();

CREATE TABLE extraction_jobs (
    id              UUID PRIMARY KEY,
    clinic_id       UUID NOT NULL REFERENCES clinics(id),
    upload_id       UUID NOT NULL,
    status          TEXT NOT NULL DEFAULT 'QUEUED' CHECK (status IN ('QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED')),
    model_name      TEXT NOT NULL,
    prompt_version  TEXT NOT NULL,       -- of the rules by which the text was read
    error_message   TEXT,                -- a word of the hub's, nothing of the form
    attempts        INT NOT NULL DEFAULT 0,
    created_at      TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    updated_at      TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT extraction_jobs_clinic_key UNIQUE (clinic_id, id),
    CONSTRAINT extraction_jobs_upload_id_fkey
        FOREIGN KEY (clinic_id, upload_id) REFERENCES uploads (clinic_id, id)
);
CREATE INDEX extraction_jobs_by_upload ON extraction_jobs (clinic_id, upload_id);
CREATE INDEX extraction_jobs_by_status ON extraction_jobs (clinic_id, status);
ALTER TABLE extraction_jobs ENABLE ROW LEVEL SECURITY;
ALTER TABLE extraction_jobs FORCE ROW LEVEL SECURITY;
CREATE POLICY extraction_jobs_clinic_isolation ON extraction_jobs
    USING (clinic_id = app_clinic_id());
CALL grant_if_role_exists(
    'SELECT, INSERT, UPDATE (status, model_name, error_message, attempts, updated_at)', 'extraction_jobs', 'alert_hub');

CREATE TABLE extraction_results (
    id                  UUID PRIMARY KEY,
    clinic_id           UUID NOT NULL REFERENCES clinics(id),
    extraction_job_id   UUID NOT NULL UNIQUE,
    overall_confidence  NUMERIC(3,2) NOT NULL CHECK (overall_confidence BETWEEN 0 AND 1),
    summary             TEXT NOT NULL,   -- counts, nothing of the form
    flags               JSONB NOT NULL,
    suggestions_json    JSONB NOT NULL,  -- sealed
    created_at          TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT extraction_results_clinic_key UNIQUE (clinic_id, id),
    CONSTRAINT extraction_results_extraction_job_id_fkey
        FOREIGN KEY (clinic_id, extraction_job_id) REFERENCES extraction_jobs (clinic_id, id)
);
ALTER TABLE extraction_results ENABLE ROW LEVEL SECURITY;
ALTER TABLE extraction_results FORCE ROW LEVEL SECURITY;
CREATE POLICY extraction_results_clinic_isolation ON extraction_results
    USING (clinic_id = app_clinic_id());
CALL grant_if_role_exists('SELECT, INSERT', 'extraction_results', 'alert_hub');

CREATE TABLE review_sessions (
    id                   UUID PRIMARY KEY,
    clinic_id            UUID NOT NULL REFERENCES clinics(id),
    upload_id            UUID NOT NULL,
    extraction_job_id    UUID,
    reviewed_by_user_id  UUID NOT NULL,
    status               TEXT NOT NULL CHECK (status IN ('IN_PROGRESS', 'APPROVED', 'REJECTED')),
    final_payload_json   JSONB,          -- sealed
    created_at           TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    updated_at           TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT review_sessions_clinic_key UNIQUE (clinic_id, id),
    CONSTRAINT review_sessions_upload_id_fkey
        FOREIGN KEY (clinic_id, upload_id) REFERENCES uploads (clinic_id, id),
    CONSTRAINT review_sessions_extraction_job_id_fkey
        FOREIGN KEY (clinic_id, extraction_job_id) REFERENCES extraction_jobs (clinic_id, id),
    CONSTRAINT review_sessions_reviewed_by_user_id_fkey
        FOREIGN KEY (clinic_id, reviewed_by_user_id) REFERENCES users (clinic_id, id)
);
-- A form is settled once.
CREATE UNIQUE INDEX review_sessions_settled_key ON review_sessions (upload_id) WHERE status <> 'IN_PROGRESS';
CREATE INDEX review_sessions_by_status ON review_sessions (clinic_id, status);
ALTER TABLE review_sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE review_sessions FORCE ROW LEVEL SECURITY;
CREATE POLICY review_sessions_clinic_isolation ON review_sessions
    USING (clinic_id = app_clinic_id());
CALL grant_if_role_exists('SELECT, INSERT', 'review_sessions', 'alert_hub');

-- No form becomes two patients.
ALTER TABLE patients
    ADD COLUMN upload_id UUID,
    ADD CONSTRAINT patients_upload_key UNIQUE (upload_id),
    ADD CONSTRAINT patients_upload_id_fkey
        FOREIGN KEY (clinic_id, upload_id) REFERENCES uploads (clinic_id, id);

ALTER TABLE intake_forms
    ADD COLUMN upload_id UUID,
    ADD COLUMN alert_id UUID,            -- what its emergency raised
    ADD CONSTRAINT intake_forms_upload_key UNIQUE (upload_id),
    ADD CONSTRAINT intake_forms_upload_id_fkey
        FOREIGN KEY (clinic_id, upload_id) REFERENCES uploads (clinic_id, id),
    ADD CONSTRAINT intake_forms_alert_id_fkey
        FOREIGN KEY (clinic_id, alert_id) REFERENCES alerts (clinic_id, id);
CALL grant_if_role_exists(
    'INSERT, UPDATE (patient_id, parsed_json, pan_detected, pan_redacted, emergency_score, is_emergency, '
    'ocr_confidence, requires_review, processed_at, alert_id)', 'intake_forms', 'alert_hub');
-- The alert of a form is about nobody yet; the approval names the patient.
CALL grant_if_role_exists('UPDATE (patient_id)', 'alerts', 'alert_hub');
