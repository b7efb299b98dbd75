-- A clinic's documents: what was uploaded, what could be read of it, and how a question finds it.

CREATE EXTENSION IF NOT EXISTS vector;

ALTER TABLE organizations ADD embedding_model text CHECK (embedding_model <> '');
COMMENT ON COLUMN organizations.embedding_model IS
    'Whose vectors the clinic''s questions are compared with; null until its first document. Only a whole re-embedding changes it.';

CREATE TABLE documents (
    id bigint GENERATED ALWAYS AS IDENTITY (START WITH 1000),
    org_id uuid NOT NULL REFERENCES organizations (id),
    name text NOT NULL CHECK (name <> ''),
    source_url text,
    created_at timestamptz NOT NULL DEFAULT now(),
    current_version bigint,
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, name)
);
COMMENT ON COLUMN documents.name IS 'A file''s name. The same name again is a new version of the same document.';
COMMENT ON COLUMN documents.source_url IS 'Where a text that was pasted comes from; nobody fetches it.';
COMMENT ON COLUMN documents.current_version IS 'What callers are answered from; null until one is whole.';

CREATE TABLE document_versions (
    id bigint GENERATED ALWAYS AS IDENTITY (START WITH 1000),
    org_id uuid NOT NULL,
    document_id bigint NOT NULL,
    status text NOT NULL DEFAULT 'awaiting_upload'
        CHECK (status IN ('awaiting_upload', 'queued', 'extracting', 'embedding', 'ready', 'failed')),
    failure text CHECK ((failure IS NOT NULL) = (status = 'failed')),
    failure_details jsonb NOT NULL DEFAULT '{}',
    kind text,
    bytes bigint,
    content_hash bytea,
    pages integer,
    unread_pages integer[] NOT NULL DEFAULT '{}',
    read_pages integer NOT NULL DEFAULT 0,
    created_by text,
    created_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now(),
    leased_until timestamptz,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, document_id) REFERENCES documents (org_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE document_versions IS
    'One upload of a document. What it replaces stays until it is whole; then it alone is left, with the failed ones after it.';
COMMENT ON COLUMN document_versions.failure IS 'A code, such as `encrypted`; what a clinic reads is made of it.';
COMMENT ON COLUMN document_versions.failure_details IS 'Numbers and kinds that its sentence names; nothing of the content.';
COMMENT ON COLUMN document_versions.kind IS 'What it really is, whatever its name says: `pdf`, `docx`, `html`, `markdown`, `csv`, `text`.';
COMMENT ON COLUMN document_versions.unread_pages IS 'Those without text, such as scans.';
COMMENT ON COLUMN document_versions.changed_at IS 'When anything last came of it; one that stands still is taken up again.';
COMMENT ON COLUMN document_versions.leased_until IS 'Until when one function alone works at it.';
CREATE INDEX ON document_versions (org_id, document_id, id);
CREATE INDEX document_versions_unfinished ON document_versions (org_id, changed_at)
    WHERE status NOT IN ('ready', 'failed');
ALTER TABLE documents ADD FOREIGN KEY (org_id, current_version) REFERENCES document_versions (org_id, id);

CREATE TABLE document_chunks (
    id bigint GENERATED ALWAYS AS IDENTITY (START WITH 1000),
    org_id uuid NOT NULL,
    document_id bigint NOT NULL,
    version_id bigint NOT NULL,
    place integer NOT NULL,
    page integer,
    heading text NOT NULL,
    text text NOT NULL CHECK (text <> ''),
    content_hash bytea NOT NULL,
    is_suspicious boolean NOT NULL,
    is_chinese boolean NOT NULL GENERATED ALWAYS AS (
        5 * length(regexp_replace(text, '[^一-鿿]', '', 'g')) > length(text)
    ) STORED,
    PRIMARY KEY (org_id, id),
    UNIQUE (org_id, version_id, place),
    FOREIGN KEY (org_id, version_id) REFERENCES document_versions (org_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE document_chunks IS 'A passage: what a search finds, and what is read to the caller.';
COMMENT ON COLUMN document_chunks.place IS 'In the document, from 0.';
COMMENT ON COLUMN document_chunks.page IS 'From 1; null where a format has no pages.';
COMMENT ON COLUMN document_chunks.content_hash IS 'SHA-256 of heading and text: the same passage of the next version is not embedded again.';
COMMENT ON COLUMN document_chunks.is_suspicious IS 'Whether it reads like an order to a model; stored and found all the same, as text.';
COMMENT ON COLUMN document_chunks.is_chinese IS 'Vectors of the two languages lie apart, so a search compares each with its own.';

CREATE TABLE chunk_embeddings (
    org_id uuid NOT NULL,
    version_id bigint NOT NULL,
    chunk_id bigint NOT NULL,
    model text NOT NULL,
    part smallint NOT NULL DEFAULT 0,
    embedding vector(512) NOT NULL,
    PRIMARY KEY (org_id, chunk_id, model, part),
    FOREIGN KEY (org_id, chunk_id) REFERENCES document_chunks (org_id, id) ON DELETE CASCADE
);
-- 2,056 bytes: by default they would lie out of line, and a scan take three times as long.
ALTER TABLE chunk_embeddings ALTER embedding SET STORAGE PLAIN;
COMMENT ON TABLE chunk_embeddings IS 'What a passage means, as a unit vector: apart from the text, which a search by words reads without it.';
COMMENT ON COLUMN chunk_embeddings.part IS '0 is the whole passage, from 1 its sentences: a question is as near as the nearest of them.';
CREATE INDEX ON chunk_embeddings (org_id, model, version_id);

CREATE TABLE chunk_terms (
    org_id uuid NOT NULL,
    term text NOT NULL,
    version_id bigint NOT NULL,
    chunk_id bigint NOT NULL,
    n smallint NOT NULL CHECK (n > 0),
    PRIMARY KEY (org_id, term, version_id, chunk_id),
    FOREIGN KEY (org_id, chunk_id) REFERENCES document_chunks (org_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE chunk_terms IS
    'The words of a passage, stemmed, Chinese by pairs of characters: a B-tree''s `=` works under the walls, a text index''s `@@` does not.';
COMMENT ON COLUMN chunk_terms.n IS 'How often it stands there.';
CREATE INDEX ON chunk_terms (org_id, chunk_id);

CREATE TABLE knowledge_digests (
    org_id uuid NOT NULL REFERENCES organizations (id),
    language text NOT NULL CHECK (language IN ('en', 'zh')),
    text text NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (org_id, language)
);
COMMENT ON TABLE knowledge_digests IS 'What the documents say of what callers ask most: in the first prompt of every call.';
