-- The producers that a policy wants heard from are watched as soon as the policy is in force.
ALTER TABLE monitors ADD COLUMN from_policy BOOLEAN NOT NULL DEFAULT FALSE;  -- it goes when the policy says so no more
CALL grant_if_role_exists('UPDATE (every_seconds, grace_seconds, urgency_level, from_policy)', 'monitors', 'alert_hub');
