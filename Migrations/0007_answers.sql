-- Answers beyond an acknowledgement: snoozes, acceptances that end, re-opened alerts, an urgency that is raised.

ALTER TABLE escalations DROP CONSTRAINT escalations_phase_check;
ALTER TABLE escalations ADD CONSTRAINT escalations_phase_check
    CHECK (phase IN ('NEW', 'RUNNING', 'SNOOZED', 'EXHAUSTED', 'ANSWERED', 'ENDED'));
-- How long the alert was put off in all.
ALTER TABLE escalations ADD COLUMN snoozed_seconds BIGINT NOT NULL DEFAULT 0 CHECK (snoozed_seconds >= 0);
CALL grant_if_role_exists('UPDATE (snoozed_seconds, urgency, code)', 'escalations', 'alert_hub');
CALL grant_if_role_exists('UPDATE (urgency_level)', 'alerts', 'alert_hub');
