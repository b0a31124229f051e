-- Keys may be changed: a number that is sealed anew is the same number, so whoever asked for silence keeps it.
CREATE OR REPLACE FUNCTION keep_directory_contact() RETURNS TRIGGER
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    clinic_before TEXT := current_setting('app.current_clinic_id', true);
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.phone_e164 IS NOT DISTINCT FROM OLD.phone_e164 THEN
        RETURN NULL;
    END IF;
    PERFORM set_config('app.current_clinic_id', NEW.clinic_id::TEXT, true);
    IF TG_OP = 'UPDATE' AND current_setting('app.resealing', true) = 'on' THEN
        UPDATE contact_methods SET address = NEW.phone_e164, address_digest = NULL
        WHERE clinic_id = NEW.clinic_id AND user_id = NEW.id AND from_directory AND deleted_at IS NULL;
    ELSIF NEW.phone_e164 IS NULL THEN
        UPDATE contact_methods SET deleted_at = clock_timestamp(), address = '', address_digest = NULL
        WHERE clinic_id = NEW.clinic_id AND user_id = NEW.id AND from_directory AND deleted_at IS NULL;
    ELSE
        INSERT INTO contact_methods (clinic_id, user_id, kind, address, from_directory, position, verified_at)
        VALUES (NEW.clinic_id, NEW.id, 'SMS', NEW.phone_e164, TRUE, 0, clock_timestamp())
        ON CONFLICT (clinic_id, user_id) WHERE deleted_at IS NULL AND from_directory DO UPDATE
        SET address = EXCLUDED.address, address_digest = NULL, verified_at = EXCLUDED.verified_at,
            opted_out_at = NULL, opted_out_by = NULL;
    END IF;
    PERFORM set_config('app.current_clinic_id', COALESCE(clinic_before, ''), true);
    RETURN NULL;
END
$$;
