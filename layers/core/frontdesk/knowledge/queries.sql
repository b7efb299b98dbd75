-- name: digest_of
-- What the clinic's digest is made of: its languages, whose vectors, and which versions are current.
SELECT o.languages, o.embedding_model AS model, ARRAY (
    SELECT d.current_version FROM documents d
    WHERE d.org_id = o.id AND d.current_version IS NOT NULL ORDER BY d.id
) AS versions
FROM organizations o
WHERE o.id = (SELECT auth.org_id())

-- name: digest_lock
-- One at a time writes a clinic's digest.
SELECT pg_advisory_xact_lock(hashtextextended((SELECT auth.org_id())::text, 7))

-- name: digests_gone
-- Takes away those of languages in which the documents say nothing any more.
DELETE FROM knowledge_digests
WHERE org_id = (SELECT auth.org_id()) AND language <> ALL (%(kept)s::text[])

-- name: digest_written
-- No row where it says the same already.
INSERT INTO knowledge_digests AS k (org_id, language, text)
VALUES ((SELECT auth.org_id()), %(language)s::text, %(text)s::text)
ON CONFLICT (org_id, language) DO UPDATE SET text = EXCLUDED.text, made_at = now()
WHERE k.text <> EXCLUDED.text
