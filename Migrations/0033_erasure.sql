-- A patient may ask for the own data, and in the end to be forgotten.
ALTER TABLE patients ADD COLUMN erased_at TIMESTAMPTZ;

-- Takes everything that names the patient out of the tables, and says what came of it: NONE, no such patient; OPEN, not discharged
-- or with an alert that is not closed; EARLY, discharged less than `age` ago; DONE. What is left are rows without a person: times,
-- urgencies, who answered. The audit keeps the id, as the law wants it.
-- Runs as the owner, since the hub may not change events; inside the clinic that the transaction has entered.
CREATE FUNCTION erase_patient(patient UUID, nobody BYTEA, age INTERVAL) RETURNS TEXT
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    clinic UUID := app_clinic_id();
    found_patient patients;
    forms UUID[];
BEGIN
    SELECT * INTO found_patient FROM patients WHERE clinic_id = clinic AND id = patient FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 'NONE';
    END IF;
    IF found_patient.status <> 'DISCHARGED' OR EXISTS (
        SELECT FROM alerts WHERE clinic_id = clinic AND patient_id = patient AND status <> 'CLOSED')
    THEN
        RETURN 'OPEN';
    END IF;
    IF COALESCE(found_patient.discharged_at, clock_timestamp()) > clock_timestamp() - age THEN
        RETURN 'EARLY';
    END IF;
    UPDATE patients
    SET full_name = nobody, date_of_birth = NULL, insurance_id = NULL, ssn_hash = NULL,
        erased_at = COALESCE(erased_at, clock_timestamp())
    WHERE clinic_id = clinic AND id = patient;
    UPDATE clinic_events SET patient_name = nobody
    WHERE clinic_id = clinic AND patient_id = patient AND patient_name IS NOT NULL;
    -- What was read from the patient's forms, and their scans, which are due now. Some of these columns come with later files:
    -- this is read when it runs.
    forms := ARRAY(
        SELECT upload_id FROM intake_forms WHERE clinic_id = clinic AND patient_id = patient AND upload_id IS NOT NULL);
    UPDATE uploads SET original_filename = NULL, file_due_at = COALESCE(file_due_at, clock_timestamp())
    WHERE clinic_id = clinic AND id = ANY (forms);
    UPDATE extraction_results SET suggestions_json = '{}'
    WHERE clinic_id = clinic AND extraction_job_id IN (
        SELECT id FROM extraction_jobs WHERE clinic_id = clinic AND upload_id = ANY (forms));
    UPDATE review_sessions SET final_payload_json = NULL WHERE clinic_id = clinic AND upload_id = ANY (forms);
    UPDATE intake_forms SET parsed_json = NULL WHERE clinic_id = clinic AND patient_id = patient;
    UPDATE billing_display_cache SET patient_id = NULL WHERE clinic_id = clinic AND patient_id = patient;
    RETURN 'DONE';
END
$$;
REVOKE ALL ON FUNCTION erase_patient(UUID, BYTEA, INTERVAL) FROM PUBLIC;
CALL grant_if_role_exists('EXECUTE', 'FUNCTION erase_patient(UUID, BYTEA, INTERVAL)', 'alert_hub');
CREATE INDEX alerts_by_patient ON alerts (clinic_id, patient_id, created_at);
