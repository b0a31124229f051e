-- Patients are registered by the hub; what identifies them comes sealed.

CALL grant_if_role_exists(
    'INSERT (id, clinic_id, full_name, date_of_birth, insurance_id, ssn_hash)', 'patients', 'alert_hub');
CREATE INDEX patients_by_arrival ON patients (clinic_id, arrived_at DESC, id DESC);
