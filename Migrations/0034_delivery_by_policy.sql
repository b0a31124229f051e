-- What an alert's frozen policy says about its messages is read where they are claimed, across clinics.
CREATE POLICY escalation_policies_engine ON escalation_policies FOR SELECT
    USING (app_role() = 'ENGINE');

-- How long a message waits before it goes out again once nobody knows what became of this attempt. NULL, of a hub that was
-- there before: nothing for URGENT and CRITICAL, half a minute for the rest.
ALTER TABLE delivery_attempts ADD COLUMN doubt_seconds INT;
