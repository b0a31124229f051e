-- Where each clinic's orders are read at Square, and how far they were read. The cache is written by the sync alone.

CREATE TABLE square_accounts (
    clinic_id       UUID PRIMARY KEY REFERENCES clinics(id),
    access_token    TEXT NOT NULL,       -- sealed by the hub
    read_through    TIMESTAMPTZ,         -- Square's time of the last change that was read; NULL before the first
    last_synced_at  TIMESTAMPTZ          -- all that Square had was read then
);
ALTER TABLE square_accounts ENABLE ROW LEVEL SECURITY;
ALTER TABLE square_accounts FORCE ROW LEVEL SECURITY;
CREATE POLICY square_accounts_clinic_isolation ON square_accounts
    USING (clinic_id = app_clinic_id());
CALL grant_if_role_exists(
    'SELECT, INSERT, UPDATE (access_token, read_through, last_synced_at), DELETE', 'square_accounts', 'alert_hub');

-- An order is one clinic's, so a location is.
CREATE TABLE square_locations (
    location_id  TEXT PRIMARY KEY CHECK (length(location_id) BETWEEN 1 AND 50),
    clinic_id    UUID NOT NULL REFERENCES square_accounts(clinic_id) ON DELETE CASCADE
);
CREATE INDEX square_locations_by_clinic ON square_locations (clinic_id);
ALTER TABLE square_locations ENABLE ROW LEVEL SECURITY;
ALTER TABLE square_locations FORCE ROW LEVEL SECURITY;
CREATE POLICY square_locations_clinic_isolation ON square_locations
    USING (clinic_id = app_clinic_id());
CALL grant_if_role_exists('SELECT, INSERT, DELETE', 'square_locations', 'alert_hub');

-- A job that comes back for ever counts the failures since the last success; `attempts`, its fence, only rises.
ALTER TABLE jobs ADD COLUMN failures INT NOT NULL DEFAULT 0;
CALL grant_if_role_exists('UPDATE (failures)', 'jobs', 'alert_hub');

CALL grant_if_role_exists(
    'INSERT, UPDATE (patient_id, status, amount_cents, currency, last_synced_at), DELETE',
    'billing_display_cache', 'alert_hub');
CREATE INDEX billing_display_cache_by_patient ON billing_display_cache (clinic_id, patient_id);
