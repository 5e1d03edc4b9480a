-- When the newest forgotten receipt was written: what was issued before it may have been done already.
ALTER TABLE meta ADD COLUMN forgotten INTEGER;
