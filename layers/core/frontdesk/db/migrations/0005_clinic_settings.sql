-- What a clinic's people change themselves, and which telephone numbers Vapi hands over to us.

ALTER TABLE organizations
    ADD version integer NOT NULL DEFAULT 1,
    ADD hours_text text CHECK (hours_text <> ''),
    ADD hours_text_zh text CHECK (hours_text_zh <> ''),
    ADD retention_days integer NOT NULL DEFAULT 3650 CHECK (retention_days BETWEEN 30 AND 36500);
COMMENT ON COLUMN organizations.hours_text IS 'The week in the clinic''s own words; null: made from its working hours.';
COMMENT ON COLUMN organizations.retention_days IS 'How long what calls leave behind is kept.';

ALTER TABLE providers
    ADD CHECK (cardinality(languages) > 0 AND languages <@ '{en,zh}');

ALTER TABLE phone_numbers
    ADD status text NOT NULL DEFAULT 'attached'
        CHECK (status IN ('attaching', 'attached', 'failed', 'releasing')),
    ADD failure text,
    ADD attempt integer NOT NULL DEFAULT 0,
    ADD vapi_id text,
    ADD vapi_provider text,
    ADD vapi_before jsonb;
COMMENT ON COLUMN phone_numbers.attempt IS 'Counts what was asked for; an answer of Vapi to an earlier one settles nothing.';
COMMENT ON COLUMN phone_numbers.failure IS 'Why Vapi did not do what was asked last; null when it did.';
COMMENT ON COLUMN phone_numbers.vapi_before IS
    'What Vapi''s number had before it was ours (assistantId, squadId, workflowId, server), to be put back; null: never touched.';
