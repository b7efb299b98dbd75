-- name: lock_documents
-- One member at a time adds a document, so that there are never more than a clinic may have.
SELECT pg_advisory_xact_lock(hashtextextended((SELECT auth.org_id())::text, 7))

-- name: held
-- What the clinic has beside the document of this name, and beside that one's passages.
SELECT count(*)::integer AS documents, (
        SELECT count(*) FROM document_chunks c
        WHERE c.org_id = (SELECT auth.org_id()) AND NOT EXISTS (
            SELECT FROM documents o WHERE o.org_id = c.org_id AND o.id = c.document_id AND o.name = %(name)s::text
        )
    )::integer AS passages
FROM documents d
WHERE d.org_id = (SELECT auth.org_id()) AND d.name <> %(name)s::text

-- name: passages_of
SELECT count(*)::integer FROM document_chunks
WHERE org_id = (SELECT auth.org_id()) AND version_id = %(version_id)s::bigint

-- name: add_document
INSERT INTO documents (org_id, name, source_url)
VALUES ((SELECT auth.org_id()), %(name)s::text, %(source_url)s::text)
ON CONFLICT (org_id, name) DO UPDATE SET source_url = excluded.source_url
RETURNING id

-- name: add_version
INSERT INTO document_versions (org_id, document_id, bytes, created_by)
VALUES ((SELECT auth.org_id()), %(document_id)s::bigint, %(n_bytes)s::bigint, %(member)s::text)
RETURNING id

-- name: uploaded
-- It may be at work already, or gone.
UPDATE document_versions SET status = 'queued', changed_at = now()
WHERE org_id = (SELECT auth.org_id()) AND id = %(version_id)s::bigint AND status = 'awaiting_upload'

-- name: documents
-- Each with its newest version.
SELECT d.id, v.id AS version_id, d.name, d.source_url, d.current_version IS NOT NULL AS is_searched, v.status,
    v.failure, v.failure_details, v.kind, v.bytes, v.pages, v.read_pages, v.unread_pages,
    (SELECT count(*) FROM document_chunks c WHERE c.org_id = v.org_id AND c.version_id = v.id)::integer
        AS passages,
    (
        SELECT count(*) FROM chunk_embeddings e
        WHERE e.org_id = v.org_id AND e.model = o.embedding_model AND e.version_id = v.id AND e.part = 0
    )::integer AS embedded,
    v.created_at, v.changed_at
FROM documents d
JOIN organizations o ON o.id = d.org_id
JOIN LATERAL (
    SELECT * FROM document_versions n WHERE n.org_id = d.org_id AND n.document_id = d.id ORDER BY n.id DESC LIMIT 1
) v ON true
WHERE d.org_id = (SELECT auth.org_id()) AND d.id = coalesce(%(id)s::bigint, d.id)
ORDER BY d.name, d.id

-- name: warnings
SELECT version_id, page, left(text, %(longest)s::integer) AS words
FROM document_chunks
WHERE org_id = (SELECT auth.org_id()) AND version_id = ANY (%(version_ids)s::bigint[]) AND is_suspicious
ORDER BY version_id, place

-- name: passages
-- Of what callers are answered from; while there is nothing yet, of what is on its way.
SELECT c.place, c.page, c.heading, c.text, c.is_suspicious
FROM document_chunks c
WHERE c.org_id = (SELECT auth.org_id()) AND c.version_id = (
        SELECT coalesce(d.current_version, max(v.id))
        FROM documents d
        JOIN document_versions v ON v.org_id = d.org_id AND v.document_id = d.id
        WHERE d.org_id = (SELECT auth.org_id()) AND d.id = %(document_id)s::bigint
        GROUP BY d.current_version
    ) AND c.place >= %(first)s::integer
ORDER BY c.place
LIMIT %(most)s::integer

-- name: lock_document
SELECT id FROM documents
WHERE org_id = (SELECT auth.org_id()) AND id = %(document_id)s::bigint
FOR UPDATE

-- name: versions_to
-- The document's versions before that one; all of them when it is null.
SELECT id FROM document_versions
WHERE org_id = (SELECT auth.org_id()) AND document_id = %(document_id)s::bigint
    AND id < coalesce(%(newer)s::bigint, 9223372036854775807)
ORDER BY id
FOR UPDATE

-- name: ask_deletion
INSERT INTO deletions (org_id, kind, name)
SELECT id, 'object', unnest(%(keys)s::text[]) FROM organizations WHERE id = (SELECT auth.org_id())
ON CONFLICT ON CONSTRAINT deleted_once DO UPDATE SET done_at = NULL

-- name: drop_passages
-- So many at once: with what hangs on them, a long document takes longer than a statement may.
DELETE FROM document_chunks c
WHERE c.org_id = (SELECT auth.org_id()) AND c.id = ANY (ARRAY(
        SELECT id FROM document_chunks
        WHERE org_id = (SELECT auth.org_id()) AND version_id = ANY (%(version_ids)s::bigint[])
        LIMIT %(most)s::integer
    ))

-- name: drop_versions
DELETE FROM document_versions
WHERE org_id = (SELECT auth.org_id()) AND id = ANY (%(version_ids)s::bigint[])

-- name: drop_document
DELETE FROM documents
WHERE org_id = (SELECT auth.org_id()) AND id = %(document_id)s::bigint

-- name: drop_if_empty
-- A document whose only upload never came, or came too late.
DELETE FROM documents d
WHERE d.org_id = (SELECT auth.org_id()) AND d.id = %(document_id)s::bigint AND NOT EXISTS (
        SELECT FROM document_versions v WHERE v.org_id = d.org_id AND v.document_id = d.id
    )

-- name: drop_digests
DELETE FROM knowledge_digests WHERE org_id = (SELECT auth.org_id())

-- name: version
SELECT v.id, d.name, v.status, coalesce(v.leased_until > now(), false) AS is_leased,
    v.status = 'awaiting_upload' AND v.created_at < now() - make_interval(secs => %(form_s)s::integer) AS may_be_absent
FROM document_versions v
JOIN documents d ON d.org_id = v.org_id AND d.id = v.document_id
WHERE v.org_id = (SELECT auth.org_id()) AND v.id = %(version_id)s::bigint
    AND v.document_id = %(document_id)s::bigint
FOR UPDATE OF v

-- name: lease
UPDATE document_versions
SET leased_until = now() + make_interval(secs => %(lease_s)s::integer), changed_at = now(),
    status = CASE status WHEN 'embedding' THEN status ELSE 'extracting' END
WHERE org_id = (SELECT auth.org_id()) AND id = %(version_id)s::bigint
RETURNING leased_until

-- name: renew_lease
-- Whoever lost it to another, or whose version was deleted, gets nothing. Never the same instant twice.
UPDATE document_versions
SET leased_until = clock_timestamp() + make_interval(secs => %(lease_s)s::integer), changed_at = now()
WHERE org_id = (SELECT auth.org_id()) AND id = %(version_id)s::bigint
    AND leased_until = %(leased_until)s::timestamptz
RETURNING leased_until

-- name: let_go
UPDATE document_versions SET leased_until = NULL
WHERE org_id = (SELECT auth.org_id()) AND id = %(version_id)s::bigint
    AND leased_until = %(leased_until)s::timestamptz

-- name: not_come
UPDATE document_versions SET status = 'awaiting_upload', leased_until = NULL
WHERE org_id = (SELECT auth.org_id()) AND id = %(version_id)s::bigint
    AND leased_until = %(leased_until)s::timestamptz

-- name: read_so_far
UPDATE document_versions SET read_pages = %(read)s::integer, pages = %(pages)s::integer
WHERE org_id = (SELECT auth.org_id()) AND id = %(version_id)s::bigint

-- name: add_passages
INSERT INTO document_chunks (org_id, document_id, version_id, place, page, heading, text, content_hash, is_suspicious)
SELECT (SELECT auth.org_id()), %(document_id)s::bigint, %(version_id)s::bigint, n.*
FROM unnest(%(places)s::integer[], %(pages)s::integer[], %(headings)s::text[], %(texts)s::text[],
    %(hashes)s::bytea[], %(suspicious)s::boolean[]) AS n
ORDER BY n.*
RETURNING id, place

-- name: has_been_read
UPDATE document_versions
SET status = 'embedding', kind = %(kind)s::text, bytes = %(n_bytes)s::bigint, content_hash = %(content_hash)s::bytea,
    pages = %(pages)s::integer, read_pages = coalesce(%(pages)s::integer, 0),
    unread_pages = %(unread_pages)s::integer[]
WHERE org_id = (SELECT auth.org_id()) AND id = %(version_id)s::bigint

-- name: fail
UPDATE document_versions
SET status = 'failed', failure = %(failure)s::text, failure_details = %(details)s::jsonb, leased_until = NULL,
    changed_at = now()
WHERE org_id = (SELECT auth.org_id()) AND id = %(version_id)s::bigint

-- name: choose_model
-- The stage's, for a clinic whose first document it is.
UPDATE organizations SET embedding_model = coalesce(embedding_model, %(model)s::text)
WHERE id = (SELECT auth.org_id()) AND embedding_model IS NULL

-- name: chosen_model
SELECT embedding_model FROM organizations WHERE id = (SELECT auth.org_id())

-- name: locked_model
SELECT embedding_model FROM organizations WHERE id = (SELECT auth.org_id()) FOR SHARE

-- name: copy_embeddings
-- What stood in an older version in the same words has its vector already.
INSERT INTO chunk_embeddings (org_id, version_id, chunk_id, model, part, embedding)
SELECT DISTINCT ON (c.id, e.part) c.org_id, c.version_id, c.id, e.model, e.part, e.embedding
FROM document_chunks c
JOIN document_versions v ON v.org_id = c.org_id AND v.document_id = c.document_id AND v.id < c.version_id
JOIN document_chunks old ON old.org_id = c.org_id AND old.version_id = v.id AND old.content_hash = c.content_hash
JOIN chunk_embeddings e ON e.org_id = old.org_id AND e.chunk_id = old.id AND e.model = %(model)s::text
WHERE c.org_id = (SELECT auth.org_id()) AND c.version_id = %(version_id)s::bigint
ORDER BY c.id, e.part
ON CONFLICT DO NOTHING

-- name: to_embed
SELECT c.id, c.version_id, c.heading, c.text
FROM document_chunks c
WHERE c.org_id = (SELECT auth.org_id()) AND c.version_id = %(version_id)s::bigint AND NOT EXISTS (
        SELECT FROM chunk_embeddings e
        WHERE e.org_id = c.org_id AND e.chunk_id = c.id AND e.model = %(model)s::text
    )
ORDER BY c.place
LIMIT %(most)s::integer

-- name: add_embeddings
-- A passage that went while it was embedded has no row to hang on.
INSERT INTO chunk_embeddings (org_id, version_id, chunk_id, model, part, embedding)
SELECT c.org_id, c.version_id, c.id, %(model)s::text, n.part, n.embedding::vector
FROM unnest(%(chunk_ids)s::bigint[], %(parts)s::smallint[], %(embeddings)s::text[])
    AS n (chunk_id, part, embedding)
JOIN document_chunks c ON c.org_id = (SELECT auth.org_id()) AND c.id = n.chunk_id
ON CONFLICT DO NOTHING

-- name: become_current
UPDATE documents SET current_version = %(version_id)s::bigint
WHERE org_id = (SELECT auth.org_id()) AND id = %(document_id)s::bigint

-- name: is_ready
UPDATE document_versions SET status = 'ready', leased_until = NULL, changed_at = now()
WHERE org_id = (SELECT auth.org_id()) AND id = %(version_id)s::bigint

-- name: organizations_to_resume
SELECT o AS org_id FROM directory.organizations_with_documents_to_resume(%(still_since)s::timestamptz) o

-- name: standing_still
SELECT id, document_id, status, created_at < now() - interval '1 day' AS is_given_up
FROM document_versions
WHERE org_id = (SELECT auth.org_id()) AND status NOT IN ('ready', 'failed') AND changed_at < %(still_since)s::timestamptz
    AND coalesce(leased_until < now(), true)
    -- Whose form is over may have come, and nobody been told.
    AND (status <> 'awaiting_upload' OR created_at < now() - make_interval(secs => %(form_s)s::integer))
ORDER BY id

-- name: to_reembed
SELECT c.id, c.version_id, c.heading, c.text
FROM documents d
JOIN document_chunks c ON c.org_id = d.org_id AND c.version_id = d.current_version
WHERE d.org_id = (SELECT auth.org_id()) AND NOT EXISTS (
        SELECT FROM chunk_embeddings e
        WHERE e.org_id = c.org_id AND e.chunk_id = c.id AND e.model = %(model)s::text
    )
ORDER BY c.id
LIMIT %(most)s::integer

-- name: reembedded
-- How many of the passages that callers are answered from have a vector of that model.
SELECT count(*)::integer AS passages, count(e.chunk_id)::integer AS embedded
FROM documents d
JOIN document_chunks c ON c.org_id = d.org_id AND c.version_id = d.current_version
LEFT JOIN chunk_embeddings e ON e.org_id = c.org_id AND e.chunk_id = c.id AND e.model = %(model)s::text
    AND e.part = 0
WHERE d.org_id = (SELECT auth.org_id())

-- name: lock_model
-- Whoever makes a version current waits, and then finds the other model.
SELECT embedding_model FROM organizations WHERE id = (SELECT auth.org_id()) FOR UPDATE

-- name: set_model
UPDATE organizations SET embedding_model = %(model)s::text WHERE id = (SELECT auth.org_id())

-- name: has_other_embeddings
SELECT EXISTS (
    SELECT FROM chunk_embeddings e
    JOIN organizations o ON o.id = e.org_id AND e.model <> o.embedding_model
    WHERE e.org_id = (SELECT auth.org_id())
)

-- name: drop_other_embeddings
-- Than of the clinic's model as it is now: another run may have changed it again.
DELETE FROM chunk_embeddings e
WHERE e.org_id = (SELECT auth.org_id()) AND (e.chunk_id, e.model) IN (
        SELECT chunk_id, model FROM chunk_embeddings
        WHERE org_id = (SELECT auth.org_id()) AND model <> (SELECT embedding_model FROM organizations WHERE id = (SELECT auth.org_id()))
        LIMIT %(most)s::integer
    )

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

-- name: add_terms
INSERT INTO chunk_terms (org_id, term, version_id, chunk_id, n)
SELECT (SELECT auth.org_id()), term, %(version_id)s::bigint, chunk_id, n
FROM unnest(%(chunk_ids)s::bigint[], %(terms)s::text[], %(counts)s::smallint[]) AS found (chunk_id, term, n)
ON CONFLICT DO NOTHING

-- name: model_to_ask
-- No row: the clinic has nothing that could be asked.
SELECT o.embedding_model AS model
FROM organizations o
WHERE o.id = (SELECT auth.org_id()) AND o.embedding_model IS NOT NULL AND EXISTS (
    SELECT FROM documents d WHERE d.org_id = o.id AND d.current_version IS NOT NULL
)

-- name: search
-- The nearest passages of current versions, by meaning and words together. Without a model, by words alone.
-- A rare word counts for more (Robertson and Zaragoza 2009, section 3.1), its repetition for little; a concept, once.
WITH current AS MATERIALIZED (
    SELECT d.name, d.current_version AS version_id
    FROM documents d
    WHERE d.org_id = (SELECT auth.org_id()) AND d.current_version IS NOT NULL
),
passages AS MATERIALIZED (
    SELECT c.id, c.is_chinese
    FROM current v
    JOIN document_chunks c ON c.org_id = (SELECT auth.org_id()) AND c.version_id = v.version_id
),
-- Never few: in a clinic of ten passages every word would be a frequent one, and no word would tell anything.
among AS MATERIALIZED (
    SELECT greatest(count(*), 400) AS n FROM passages
),
hits AS MATERIALIZED (
    SELECT t.chunk_id, t.term, t.n
    FROM chunk_terms t
    JOIN current v ON v.version_id = t.version_id
    WHERE t.org_id = (SELECT auth.org_id()) AND t.term = ANY (%(terms)s::text[])
),
weights AS MATERIALIZED (
    SELECT asked.term, asked.term LIKE '=%%' AS is_concept,
        -- Nobody says a telephone number by the way.
        CASE WHEN asked.term ~ '^[0-9]{7,}$' THEN 3 ELSE 1 END
            * ln(1 + ((SELECT n FROM among) - count(h.term) + 0.5) / (count(h.term) + 0.5))::float8 AS weight
    FROM unnest(%(terms)s::text[]) AS asked (term)
    LEFT JOIN hits h ON h.term = asked.term
    GROUP BY asked.term
),
-- One pass over all that is known of each passage: joined, they would be compared each with each, for Postgres
-- doesn't know how many there are.
compared AS (
    SELECT known.id,
        max(known.meaning) - CASE WHEN bool_or(known.is_chinese) THEN %(chinese_mean)s::float8
            ELSE %(english_mean)s::float8 END AS meaning,
        -- No more than the best meaning weighs, or a long story would find something by its stray words.
        least(0.5, 0.1 * (
            sum(known.words) + sum(known.concepts)
                * CASE WHEN bool_or(known.is_chinese) = %(is_chinese)s::boolean THEN 1 ELSE 2 END
        ) / ln(2 + 2 * (SELECT n FROM among))) AS words
    FROM (
        SELECT p.id, p.is_chinese, NULL::float8 AS meaning, 0::float8 AS words, 0::float8 AS concepts
        FROM passages p
        UNION ALL
        SELECT e.chunk_id, NULL, -(e.embedding <#> %(vector)s::vector), 0, 0
        FROM current v
        JOIN chunk_embeddings e
            ON e.org_id = (SELECT auth.org_id()) AND e.model = %(model)s::text AND e.version_id = v.version_id
        UNION ALL
        SELECT h.chunk_id, NULL, NULL,
            CASE WHEN w.is_concept THEN 0 ELSE w.weight * 2.2 * h.n / (h.n + 1.2) END,
            CASE WHEN w.is_concept THEN w.weight ELSE 0 END
        FROM hits h
        JOIN weights w ON w.term = h.term
    ) AS known
    GROUP BY known.id
    HAVING max(known.meaning) IS NOT NULL OR sum(known.words) + sum(known.concepts) > 0
),
best AS MATERIALIZED (
    SELECT id, meaning, coalesce(meaning, 0) + words AS score
    FROM compared ORDER BY 3 DESC, id LIMIT %(most)s::integer
)
SELECT b.id AS chunk_id, v.name AS document, c.page, c.heading, c.text, c.is_suspicious,
    b.meaning::float8 AS similarity, b.score::float8 AS score
FROM best b
JOIN document_chunks c ON c.org_id = (SELECT auth.org_id()) AND c.id = b.id
JOIN current v ON v.version_id = c.version_id
ORDER BY b.score DESC, b.id
