-- Refusals are audited too: what came of it, and how many there were, since those that repeat are told together.
ALTER TABLE audit_logs
    ADD COLUMN outcome TEXT,                         -- NULL: it was done
    ADD COLUMN occurrences INT NOT NULL DEFAULT 1 CHECK (occurrences > 0);
