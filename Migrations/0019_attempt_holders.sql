-- Which hub makes an attempt: a number that one of its sessions holds a shared advisory lock of. When that hub dies its
-- session ends, the lock is free, and another hub need not wait for the lease.
ALTER TABLE delivery_attempts ADD COLUMN holder BIGINT;  -- NULL: the lease alone tells
