-- What a clinic keeps of a call beyond its redacted transcript, and what its people have seen to.

ALTER TABLE organizations
    ADD archives_recordings boolean NOT NULL DEFAULT false,
    ADD keeps_originals boolean NOT NULL DEFAULT false,
    ADD original_days integer NOT NULL DEFAULT 30 CHECK (original_days BETWEEN 1 AND 3650);
COMMENT ON COLUMN organizations.archives_recordings IS 'Whether the sound is copied into the stage''s own bucket.';
COMMENT ON COLUMN organizations.keeps_originals IS 'Whether transcripts are kept unredacted too, under a key of their own.';
COMMENT ON COLUMN organizations.original_days IS 'How long such an original is kept.';

ALTER TABLE calls
    ADD resolved_flags text[] NOT NULL DEFAULT '{}',
    ADD turns_left_out integer NOT NULL DEFAULT 0 CHECK (turns_left_out >= 0);
COMMENT ON COLUMN calls.resolved_flags IS 'Those of `flags` that a member has seen to.';
COMMENT ON COLUMN calls.turns_left_out IS 'Turns at the end of a huge transcript that were not stored.';
CREATE INDEX calls_unchecked ON calls (last_tool_at) WHERE last_tool_at > checked_at;
