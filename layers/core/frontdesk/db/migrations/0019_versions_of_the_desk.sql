-- Two of a clinic's people on one provider's week, or on one kind of visit: the second is told what the first saved.

ALTER TABLE providers ADD COLUMN version integer NOT NULL DEFAULT 1;
COMMENT ON COLUMN providers.version IS 'Goes up with each change by the clinic''s people, of the hours too.';

ALTER TABLE appointment_types ADD COLUMN version integer NOT NULL DEFAULT 1;
COMMENT ON COLUMN appointment_types.version IS 'Goes up with each change by the clinic''s people.';
