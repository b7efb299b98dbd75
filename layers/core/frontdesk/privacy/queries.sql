-- The audit log sealed, verified and exported; what is deleted by age or by request.

-- name: clinics
SELECT org_id FROM directory.organizations() AS org_id

-- name: one_sealer
SELECT pg_advisory_xact_lock(hashtextextended('seals ' || (SELECT auth.org_id()), 0))

-- name: settled
-- Every transaction before this one is over, committed or not: none of them can add a row any more.
SELECT pg_snapshot_xmin(pg_current_snapshot())::text

-- name: head
SELECT batch, to_xid::text AS to_xid, hash
FROM audit_seals
WHERE org_id = (SELECT auth.org_id())
ORDER BY batch DESC
LIMIT 1

-- name: batch_end
-- So many rows from `since`, and the rest of the last one's transaction; null: there are no more before `settled`.
SELECT xid::text
FROM audit_log
WHERE org_id = (SELECT auth.org_id()) AND xid < %(settled)s::xid8 AND xid > (
    SELECT xid
    FROM audit_log
    WHERE org_id = (SELECT auth.org_id()) AND xid >= %(since)s::xid8
    ORDER BY xid
    OFFSET %(most)s::integer - 1
    LIMIT 1
)
ORDER BY xid
LIMIT 1

-- name: rows_between
SELECT id, (extract(epoch FROM at) * 1000000)::bigint AS at_us, xid::text AS xid, actor_kind, actor, source, call_id,
    action, outcome, patient_id, patient_ids, appointment_id, change
FROM audit_log
WHERE org_id = (SELECT auth.org_id()) AND xid >= %(since)s::xid8 AND xid < %(until)s::xid8
ORDER BY id

-- name: add_seal
INSERT INTO audit_seals (org_id, batch, from_xid, to_xid, n_rows, entries, dropped_before, previous_hash, hash,
    sealed_at)
VALUES ((SELECT auth.org_id()), %(batch)s::integer, %(from_xid)s::xid8, %(to_xid)s::xid8, %(n_rows)s::integer,
    %(entries)s::bytea, %(dropped_before)s::timestamptz, %(previous_hash)s::bytea, %(hash)s::bytea,
    %(sealed_at)s::timestamptz)

-- name: seals_after
SELECT batch, from_xid::text AS from_xid, to_xid::text AS to_xid, n_rows, entries, dropped_before, previous_hash,
    hash, sealed_at
FROM audit_seals
WHERE org_id = (SELECT auth.org_id()) AND batch > %(batch)s::integer
ORDER BY batch
LIMIT 50

-- name: dropped_before
SELECT max(dropped_before) FROM audit_seals WHERE org_id = (SELECT auth.org_id())

-- name: unsealed
SELECT count(*) FROM audit_log WHERE org_id = (SELECT auth.org_id()) AND xid >= %(since)s::xid8

-- name: entries
SELECT id, at, actor_kind, actor, source, action, outcome, patient_id, patient_ids, appointment_id, call_id, change
FROM audit_log
WHERE org_id = (SELECT auth.org_id()) AND at >= %(since)s::timestamptz AND at < %(until)s::timestamptz
ORDER BY at, id
LIMIT %(limit)s::integer

-- name: may_close
SELECT EXISTS (
        SELECT FROM audit_log WHERE org_id = (SELECT auth.org_id()) AND at < %(before)s::timestamptz
    ) AND NOT EXISTS (
        SELECT FROM audit_log
        WHERE org_id = (SELECT auth.org_id()) AND at < %(before)s::timestamptz AND xid >= %(since)s::xid8
    ) AND NOT EXISTS (
        SELECT FROM audit_seals
        WHERE org_id = (SELECT auth.org_id()) AND dropped_before >= %(before)s::timestamptz
    )
