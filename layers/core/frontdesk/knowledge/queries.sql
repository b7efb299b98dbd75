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
-- One pass over all that is known of each passage: joined, they would be compared each with each, for Postgres
-- doesn't know how many there are.
compared AS (
    SELECT known.id,
        max(known.meaning) - CASE WHEN bool_or(known.is_chinese) THEN %(chinese_mean)s::float8
            ELSE %(english_mean)s::float8 END AS meaning,
        sum(known.words) + sum(known.concepts)
            * CASE WHEN bool_or(known.is_chinese) = %(is_chinese)s::boolean THEN 1.3 ELSE 2.6 END AS words
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
