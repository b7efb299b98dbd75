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
-- The passages of current versions by rank of meaning and by rank of words. Without a model, by words alone.
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
hits AS MATERIALIZED (
    SELECT t.chunk_id, t.term, t.n
    FROM chunk_terms t
    JOIN current v ON v.version_id = t.version_id
    WHERE t.org_id = (SELECT auth.org_id()) AND t.term = ANY (%(terms)s::text[])
),
weights AS MATERIALIZED (
    SELECT asked.term, asked.term LIKE '=%%' AS is_concept, count(h.term) AS found_in,
        -- Nobody says a telephone number by the way.
        CASE WHEN asked.term ~ '^[0-9]{7,}$' THEN 2 ELSE 1 END
            * ln(1 + ((SELECT count(*) FROM passages) - count(h.term) + 0.5) / (count(h.term) + 0.5))::float8 AS weight
    FROM unnest(%(terms)s::text[]) AS asked (term)
    LEFT JOIN hits h ON h.term = asked.term
    GROUP BY asked.term
),
words AS (
    SELECT h.chunk_id, sum(w.weight * CASE
        WHEN NOT w.is_concept THEN 2.2 * h.n / (h.n + 1.2)
        WHEN p.is_chinese = %(is_chinese)s::boolean THEN 1.3
        ELSE 2.6
    END) AS words
    FROM hits h
    JOIN weights w ON w.term = h.term
    JOIN passages p ON p.id = h.chunk_id
    GROUP BY h.chunk_id
),
meanings AS (
    SELECT e.chunk_id, max(-(e.embedding <#> %(vector)s::vector)) AS meaning
    FROM current v
    JOIN chunk_embeddings e
        ON e.org_id = (SELECT auth.org_id()) AND e.model = %(model)s::text AND e.version_id = v.version_id
    GROUP BY e.chunk_id
),
compared AS (
    SELECT p.id, coalesce(w.words, 0) AS words,
        m.meaning - CASE WHEN p.is_chinese THEN %(chinese_mean)s::float8 ELSE %(english_mean)s::float8 END AS meaning
    FROM passages p
    LEFT JOIN meanings m ON m.chunk_id = p.id
    LEFT JOIN words w ON w.chunk_id = p.id
    WHERE m.chunk_id IS NOT NULL OR w.chunk_id IS NOT NULL
),
ranked AS (
    SELECT id, meaning, max(meaning) OVER () AS nearest,
        -- In the weight of a word that stands nowhere, so that few documents are judged as many are.
        max(words) OVER () / ln(2 + 2 * (SELECT count(*) FROM passages)) AS most_words,
        CASE WHEN meaning IS NULL THEN 0
            ELSE 1.0 / (3 + rank() OVER (ORDER BY meaning DESC NULLS LAST)) END
        + CASE WHEN words = 0 THEN 0 ELSE 1.0 / (3 + rank() OVER (ORDER BY words DESC)) END AS score
    FROM compared
),
best AS MATERIALIZED (
    SELECT * FROM ranked ORDER BY score DESC, id LIMIT %(most)s::integer
)
SELECT b.id AS chunk_id, v.name AS document, c.page, c.heading, c.text, c.is_suspicious,
    b.meaning::float8 AS similarity, b.score::float8 AS score, b.nearest::float8 AS nearest,
    b.most_words::float8 AS words,
    coalesce((
        SELECT sum(weight) FILTER (WHERE found_in = 0) / sum(weight) FROM weights WHERE NOT is_concept
    ), 0)::float8 AS unknown
FROM best b
JOIN document_chunks c ON c.org_id = (SELECT auth.org_id()) AND c.id = b.id
JOIN current v ON v.version_id = c.version_id
ORDER BY b.score DESC, b.id
