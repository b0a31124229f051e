-- What the hub answers a text with, where the gateway takes no answer with its callback: a message of its own.
ALTER TABLE messages DROP CONSTRAINT messages_purpose_check;
ALTER TABLE messages
    ADD CONSTRAINT messages_purpose_check CHECK (purpose IN ('ALERT', 'VERIFY', 'TEST', 'REPLY')),
    ADD COLUMN reply_code TEXT;  -- the code that was answered; NULL where it was a wrong one
