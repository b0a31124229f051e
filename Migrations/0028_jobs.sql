-- Durable jobs: what has to be done once for a subject, however often a hub dies over it.
--
-- One row a subject and queue. A hub takes a job for a lease and settles it in the transaction that writes what came of
-- it; `attempts` is the fence: whoever lost the lease meanwhile settles nothing.

CREATE TABLE jobs (
    id           UUID PRIMARY KEY,
    clinic_id    UUID NOT NULL REFERENCES clinics(id),
    queue        TEXT NOT NULL CHECK (queue IN ('ocr-processing', 'pan-scrub', 'square-sync')),
    subject_id   UUID NOT NULL,
    state        TEXT NOT NULL DEFAULT 'QUEUED' CHECK (state IN ('QUEUED', 'RUNNING', 'DONE', 'DEAD')),
    attempts     INT NOT NULL DEFAULT 0,
    not_before   TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),  -- infinity: it goes with another job, which takes it along
    lease_until  TIMESTAMPTZ,
    last_error   TEXT CHECK (length(last_error) <= 64),           -- a word of the hub's, nothing of the subject
    created_at   TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    updated_at   TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT jobs_subject_key UNIQUE (queue, subject_id),
    CONSTRAINT jobs_lease_check CHECK ((state = 'RUNNING') = (lease_until IS NOT NULL))
) WITH (fillfactor = 70);
CREATE INDEX jobs_ready ON jobs (queue, clinic_id, not_before, id) WHERE state = 'QUEUED';
CREATE INDEX jobs_leased ON jobs (queue, lease_until) WHERE state = 'RUNNING';
CREATE INDEX jobs_unsettled ON jobs (clinic_id, queue, state) WHERE state <> 'DONE';
ALTER TABLE jobs ENABLE ROW LEVEL SECURITY;
ALTER TABLE jobs FORCE ROW LEVEL SECURITY;
CREATE POLICY jobs_clinic_isolation ON jobs
    USING (clinic_id = app_clinic_id());
CREATE POLICY jobs_engine_reads ON jobs FOR SELECT
    USING (app_role() = 'ENGINE');
CREATE POLICY jobs_engine_claims ON jobs FOR UPDATE
    USING (app_role() = 'ENGINE');
CALL grant_if_role_exists(
    'SELECT, INSERT, UPDATE (state, attempts, not_before, lease_until, last_error, updated_at)', 'jobs', 'alert_hub');

-- Holds a job to the end of the transaction; fails it where the job is not this attempt's any more.
CREATE FUNCTION hold_job(job UUID, attempt INT) RETURNS VOID
    LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM jobs WHERE id = job AND state = 'RUNNING' AND attempts = attempt FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the job is not this attempt''s any more'
            USING ERRCODE = 'check_violation', TABLE = 'jobs', CONSTRAINT = 'jobs_lease_held';
    END IF;
END
$$;
