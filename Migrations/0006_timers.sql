-- Due timers are taken by urgency and then by age, whatever else waits.
CREATE INDEX escalations_due_by_urgency ON escalations (urgency, due_at) WHERE due_at IS NOT NULL;
DROP INDEX escalations_due;
COMMENT ON COLUMN escalations.claimed_until IS 'The timer could not be run and rests until then.';
