-- What a save of an agent changed can be told: whoever saves sees it, and whoever comes after.

ALTER TABLE agents ADD COLUMN before jsonb;
COMMENT ON COLUMN agents.before IS 'As it was before its last save, by column; NULL: it was saved once.';
