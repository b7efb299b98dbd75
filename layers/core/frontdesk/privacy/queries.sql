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
    WHERE org_id = (SELECT auth.org_id()) AND xid >= %(from_xid)s::xid8
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
WHERE org_id = (SELECT auth.org_id()) AND xid >= %(from_xid)s::xid8 AND xid < %(to_xid)s::xid8
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
SELECT count(*) FROM audit_log WHERE org_id = (SELECT auth.org_id()) AND xid >= %(from_xid)s::xid8

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
        WHERE org_id = (SELECT auth.org_id()) AND at < %(before)s::timestamptz AND xid >= %(from_xid)s::xid8
    ) AND NOT EXISTS (
        SELECT FROM audit_seals
        WHERE org_id = (SELECT auth.org_id()) AND dropped_before >= %(before)s::timestamptz
    )

-- name: kept_until
-- From when on what calls leave is kept; null: a legal hold stands, and all is.
SELECT now() - make_interval(days => retention_days)
FROM organizations
WHERE id = (SELECT auth.org_id()) AND NOT legal_hold

-- name: drop_calls
-- What hangs on a call goes with it; what of it lies in S3 is asked to be deleted there.
WITH old AS (
    SELECT id, recording_object
    FROM calls
    WHERE org_id = (SELECT auth.org_id()) AND started_at < %(before)s::timestamptz
    ORDER BY started_at
    LIMIT %(most)s::integer
), elsewhere AS (
    INSERT INTO deletions (org_id, kind, name)
    SELECT (SELECT auth.org_id()), 'object', o.object_name
    FROM old JOIN call_originals o ON o.org_id = (SELECT auth.org_id()) AND o.call_id = old.id
    UNION
    SELECT (SELECT auth.org_id()), 'object', recording_object FROM old WHERE recording_object <> ''
    ON CONFLICT ON CONSTRAINT deleted_once DO UPDATE SET done_at = NULL, failure = NULL
)
DELETE FROM calls WHERE org_id = (SELECT auth.org_id()) AND id IN (SELECT id FROM old)

-- name: drop_originals
WITH gone AS (
    DELETE FROM call_originals
    WHERE (org_id, call_id) IN (
        SELECT org_id, call_id FROM call_originals
        WHERE org_id = (SELECT auth.org_id()) AND expires_at <= now()
        LIMIT %(most)s::integer
    )
    RETURNING org_id, object_name
), elsewhere AS (
    INSERT INTO deletions (org_id, kind, name)
    SELECT org_id, 'object', object_name FROM gone
    ON CONFLICT ON CONSTRAINT deleted_once DO UPDATE SET done_at = NULL, failure = NULL
)
SELECT count(*) FROM gone

-- name: drop_memories
DELETE FROM caller_memories WHERE org_id = (SELECT auth.org_id()) AND expires_at <= now()

-- name: drop_notifications
-- The oldest have the lowest ids; so no index by age is needed.
DELETE FROM notifications
WHERE org_id = (SELECT auth.org_id()) AND at < %(before)s::timestamptz AND id IN (
    SELECT id FROM notifications
    WHERE org_id = (SELECT auth.org_id())
    ORDER BY id
    LIMIT %(most)s::integer
)

-- name: drop_outbound
-- With its attempts.
DELETE FROM outbound_calls
WHERE org_id = (SELECT auth.org_id()) AND id IN (
    SELECT id FROM outbound_calls
    WHERE org_id = (SELECT auth.org_id()) AND ended_at < %(before)s::timestamptz
    LIMIT %(most)s::integer
)

-- name: drop_communications
DELETE FROM communications
WHERE org_id = (SELECT auth.org_id()) AND id IN (
    SELECT id FROM communications
    WHERE org_id = (SELECT auth.org_id()) AND created_at < %(before)s::timestamptz
    LIMIT %(most)s::integer
)

-- name: forget_numbers_of_visits
-- Caps count by the number that called; after so long nothing is counted.
UPDATE appointments SET capped_as = NULL
WHERE org_id = (SELECT auth.org_id()) AND id IN (
    SELECT id FROM appointments
    WHERE org_id = (SELECT auth.org_id()) AND capped_as IS NOT NULL AND created_at < %(before)s::timestamptz
    LIMIT %(most)s::integer
)

-- name: forget_numbers_of_patients
UPDATE patients SET capped_as = NULL
WHERE org_id = (SELECT auth.org_id()) AND id IN (
    SELECT id FROM patients
    WHERE org_id = (SELECT auth.org_id()) AND capped_as IS NOT NULL AND created_at < %(before)s::timestamptz
    LIMIT %(most)s::integer
)

-- name: cutoff
SELECT archive.cutoff()

-- name: tend_months
SELECT archive.make_months(), (SELECT array_agg(name) FROM archive.drop_months() AS name) AS dropped

-- name: deletions_to_do
-- Those first that were tried least, so that none is waited for behind one that can't be done. None under a legal
-- hold, whoever asked for it before.
SELECT id, kind, name
FROM deletions
WHERE org_id = (SELECT auth.org_id()) AND done_at IS NULL
    AND NOT (SELECT legal_hold FROM organizations WHERE id = (SELECT auth.org_id()))
ORDER BY tries, id
LIMIT %(most)s::integer

-- name: deletion_tried
UPDATE deletions
SET tries = tries + 1, failure = %(failure)s::text, done_at = CASE WHEN %(failure)s::text IS NULL THEN now() END
WHERE org_id = (SELECT auth.org_id()) AND id = %(id)s::bigint

-- name: deletions_of_patient
SELECT kind, name, done_at, failure
FROM deletions
WHERE org_id = (SELECT auth.org_id()) AND patient_id = %(patient_id)s::bigint
ORDER BY id

-- name: patient_to_erase
SELECT first_name, last_name, phone, erased_at, NOT EXISTS (
        SELECT FROM patients o
        WHERE o.org_id = (SELECT auth.org_id()) AND o.phone = p.phone AND o.id <> p.id
    ) AS is_alone_on_number, (SELECT legal_hold FROM organizations WHERE id = (SELECT auth.org_id())) AS is_held
FROM patients p
WHERE org_id = (SELECT auth.org_id()) AND id = %(patient_id)s::bigint
FOR UPDATE OF p

-- name: calls_of_patient
-- Their calls: those that proved them or were about them, and those from a number that is theirs alone. Whether
-- one was about nobody else, the log of its day says.
WITH theirs AS (
    SELECT id FROM calls
    WHERE org_id = (SELECT auth.org_id()) AND proven_patient_id = %(patient_id)s::bigint
    UNION SELECT call_id FROM audit_log
    WHERE org_id = (SELECT auth.org_id()) AND patient_id = %(patient_id)s::bigint AND call_id IS NOT NULL
    UNION SELECT call_id FROM patients
    WHERE org_id = (SELECT auth.org_id()) AND id = %(patient_id)s::bigint AND call_id IS NOT NULL
    UNION SELECT id FROM calls
    WHERE org_id = (SELECT auth.org_id()) AND caller_number = %(number)s::text
    UNION SELECT t.vapi_call_id FROM outbound_calls o
    JOIN outbound_attempts t ON t.org_id = (SELECT auth.org_id()) AND t.item_id = o.id
    WHERE o.org_id = (SELECT auth.org_id()) AND o.patient_id = %(patient_id)s::bigint
)
SELECT c.id, NOT EXISTS (
        SELECT FROM audit_log a
        WHERE a.org_id = (SELECT auth.org_id()) AND a.call_id = c.id
            AND a.at >= c.started_at AND a.at < c.started_at + interval '1 day'
            AND a.patient_id <> %(patient_id)s::bigint
    ) AND coalesce(c.proven_patient_id = %(patient_id)s::bigint, true) AS is_theirs_alone
FROM theirs t
JOIN calls c ON c.org_id = (SELECT auth.org_id()) AND c.id = t.id
ORDER BY c.started_at, c.id

-- name: have_calls_deleted_elsewhere
-- Wherever they lie outside: Vapi's own copy, the sound and the original.
WITH calls_to_go AS (
    SELECT c.id, c.recording_object, o.object_name
    FROM calls c
    LEFT JOIN call_originals o ON o.org_id = (SELECT auth.org_id()) AND o.call_id = c.id
    WHERE c.org_id = (SELECT auth.org_id()) AND c.id = ANY (%(call_ids)s::text[])
)
INSERT INTO deletions (org_id, kind, name, patient_id)
SELECT (SELECT auth.org_id()), kind, name, %(patient_id)s::bigint
FROM calls_to_go, LATERAL (
    VALUES ('vapi_call', id), ('object', recording_object), ('object', object_name)
) AS e (kind, name)
WHERE name <> ''
ON CONFLICT ON CONSTRAINT deleted_once DO UPDATE SET done_at = NULL, failure = NULL

-- name: erase_calls
DELETE FROM calls WHERE org_id = (SELECT auth.org_id()) AND id = ANY (%(call_ids)s::text[])

-- name: blank_calls
-- Of a call that was about others too: what was written down in words, other than the redacted transcript.
WITH originals AS (
    DELETE FROM call_originals
    WHERE org_id = (SELECT auth.org_id()) AND call_id = ANY (%(call_ids)s::text[])
), answers AS (
    UPDATE tool_calls SET result = NULL
    WHERE org_id = (SELECT auth.org_id()) AND call_id = ANY (%(call_ids)s::text[]) AND result IS NOT NULL
), sounds AS (
    UPDATE calls SET recording_object = NULL, recording_url = NULL,
        caller_number = CASE WHEN caller_number = %(number)s::text THEN NULL ELSE caller_number END
    WHERE org_id = (SELECT auth.org_id()) AND id = ANY (%(call_ids)s::text[])
)
UPDATE transfers SET notes = ''
WHERE org_id = (SELECT auth.org_id()) AND call_id = ANY (%(call_ids)s::text[])

-- name: erase_memories
DELETE FROM caller_memories
WHERE org_id = (SELECT auth.org_id())
    AND (patient_id = %(patient_id)s::bigint OR caller_number = %(number)s::text)

-- name: erase_refusals
-- A number's own stays: it is the wish of whoever calls from there, and says nothing else.
DELETE FROM memory_refusals
WHERE org_id = (SELECT auth.org_id()) AND patient_id = %(patient_id)s::bigint

-- name: erase_texts
DELETE FROM text_messages
WHERE org_id = (SELECT auth.org_id()) AND patient_id = %(patient_id)s::bigint

-- name: erase_news
-- Else they would be called, or told, about what is no more.
DELETE FROM communications
WHERE org_id = (SELECT auth.org_id()) AND patient_id = %(patient_id)s::bigint

-- name: erase_outbound
-- Calls of ours to them, made and to make. Vapi has those that nobody answered, too, of which we have no call.
WITH gone AS (
    SELECT id
    FROM outbound_calls
    WHERE org_id = (SELECT auth.org_id())
        AND (patient_id = %(patient_id)s::bigint OR number = %(number)s::text)
), elsewhere AS (
    INSERT INTO deletions (org_id, kind, name, patient_id)
    SELECT (SELECT auth.org_id()), 'vapi_call', t.vapi_call_id, %(patient_id)s::bigint
    FROM gone g
    JOIN outbound_attempts t ON t.org_id = (SELECT auth.org_id()) AND t.item_id = g.id
    WHERE t.vapi_call_id IS NOT NULL AND t.vapi_call_id <> ALL (%(shared)s::text[])
    ON CONFLICT ON CONSTRAINT deleted_once DO UPDATE SET done_at = NULL, failure = NULL
)
DELETE FROM outbound_calls WHERE org_id = (SELECT auth.org_id()) AND id IN (SELECT id FROM gone)

-- name: erase_holds
DELETE FROM appointments
WHERE org_id = (SELECT auth.org_id()) AND status = 'held' AND (
    patient_id = %(patient_id)s::bigint OR call_id = ANY (%(call_ids)s::text[]) OR waitlist_id IN (
        SELECT id FROM waitlist
        WHERE org_id = (SELECT auth.org_id()) AND (
            patient_id = %(patient_id)s::bigint OR phone = %(phone)s::text AND name_key = %(name_key)s::text)))

-- name: erase_waitlist
DELETE FROM waitlist
WHERE org_id = (SELECT auth.org_id()) AND (
    patient_id = %(patient_id)s::bigint OR phone = %(phone)s::text AND name_key = %(name_key)s::text)

-- name: cancel_visits_to_come
UPDATE appointments SET status = 'cancelled', cancelled_at = now(), pending_until = NULL
WHERE org_id = (SELECT auth.org_id()) AND patient_id = %(patient_id)s::bigint
    AND status IN ('booked', 'pending') AND visit_start > now()

-- name: erase_events
-- In a provider's calendar, of past visits too: they may be called by the name. The next sync deletes them.
UPDATE calendar_events SET due_since = now()
WHERE org_id = (SELECT auth.org_id()) AND due_since IS NULL AND appointment_id IN (
    SELECT id FROM appointments WHERE org_id = (SELECT auth.org_id()) AND patient_id = %(patient_id)s::bigint)

-- name: blank_visits
UPDATE appointments SET reason = '', cancel_reason = NULL, capped_as = NULL, language = NULL
WHERE org_id = (SELECT auth.org_id()) AND patient_id = %(patient_id)s::bigint AND status <> 'held'

-- name: erase_number_of_visits
UPDATE appointments SET capped_as = NULL
WHERE org_id = (SELECT auth.org_id()) AND capped_as = %(number)s::text

-- name: erase_number_of_patients
UPDATE patients SET capped_as = NULL
WHERE org_id = (SELECT auth.org_id()) AND capped_as = %(number)s::text

-- name: erase_chart_links
-- The chart itself, and the visits in it, are in the clinic's EMR, and the clinic's to erase there.
WITH whose AS (
    DELETE FROM emr_patients
    WHERE org_id = (SELECT auth.org_id()) AND patient_id = %(patient_id)s::bigint
    RETURNING emr_id
), numbers AS (
    DELETE FROM emr_phones WHERE org_id = (SELECT auth.org_id()) AND emr_id IN (SELECT emr_id FROM whose)
), visits AS (
    UPDATE emr_visits v SET appointment_id = NULL
    FROM appointments a
    WHERE v.org_id = (SELECT auth.org_id()) AND a.org_id = v.org_id AND a.id = v.appointment_id
        AND a.patient_id = %(patient_id)s::bigint AND v.emr_id IS NOT NULL
)
SELECT FROM whose

-- name: erase_name_keys
DELETE FROM patient_name_keys
WHERE org_id = (SELECT auth.org_id()) AND patient_id = %(patient_id)s::bigint

-- name: erase_patient
-- A number that is nobody's, and a birth date that nobody can say: neither is ever found by them.
UPDATE patients
SET first_name = '-', last_name = '-', native_name = NULL, birth_date = '0001-01-01', gender = 'U',
    phone = '+10000000', email = NULL, address = '', city = '', province = NULL, postal_code = '',
    health_card_type = 'NONE', health_card_number = NULL, language = 'en', call_id = NULL, capped_as = NULL,
    may_be_called = false, erased_at = now()
WHERE org_id = (SELECT auth.org_id()) AND id = %(patient_id)s::bigint

-- name: everything_about
-- Each row as the database has it, so that a column of tomorrow is in it too.
SELECT jsonb_build_object(
    'patient', to_jsonb(p) - 'org_id',
    'nameKeys', (SELECT coalesce(jsonb_agg(key ORDER BY key), '[]') FROM patient_name_keys k
        WHERE k.org_id = (SELECT auth.org_id()) AND k.patient_id = p.id),
    'charts', (SELECT coalesce(jsonb_agg(to_jsonb(l) - 'org_id'), '[]') FROM emr_patients l
        WHERE l.org_id = (SELECT auth.org_id()) AND l.patient_id = p.id),
    'appointments', (SELECT coalesce(jsonb_agg(to_jsonb(a) - 'org_id' ORDER BY a.id), '[]') FROM appointments a
        WHERE a.org_id = (SELECT auth.org_id()) AND a.patient_id = p.id),
    'waitlist', (SELECT coalesce(jsonb_agg(to_jsonb(w) - 'org_id' ORDER BY w.id), '[]') FROM waitlist w
        WHERE w.org_id = (SELECT auth.org_id())
            AND (w.patient_id = p.id OR w.phone = p.phone AND w.name_key = %(name_key)s::text)),
    'communications', (SELECT coalesce(jsonb_agg(to_jsonb(c) - 'org_id' ORDER BY c.id), '[]') FROM communications c
        WHERE c.org_id = (SELECT auth.org_id()) AND c.patient_id = p.id),
    'notifications', (SELECT coalesce(jsonb_agg(to_jsonb(n) - 'org_id' ORDER BY n.id), '[]') FROM notifications n
        WHERE n.org_id = (SELECT auth.org_id()) AND n.patient_id = p.id),
    'callerMemories', (SELECT coalesce(jsonb_agg(to_jsonb(m) - 'org_id' ORDER BY m.id), '[]') FROM caller_memories m
        WHERE m.org_id = (SELECT auth.org_id()) AND (m.patient_id = p.id OR m.caller_number = %(number)s::text)),
    'memoryRefusals', (SELECT coalesce(jsonb_agg(to_jsonb(r) - 'org_id'), '[]') FROM memory_refusals r
        WHERE r.org_id = (SELECT auth.org_id()) AND (r.patient_id = p.id OR r.caller_number = %(number)s::text)),
    'textMessages', (SELECT coalesce(jsonb_agg(to_jsonb(t) - 'org_id' ORDER BY t.id), '[]') FROM text_messages t
        WHERE t.org_id = (SELECT auth.org_id()) AND t.patient_id = p.id),
    'outboundCalls', (SELECT coalesce(jsonb_agg(to_jsonb(o) - 'org_id' || jsonb_build_object(
            'tries', (SELECT coalesce(jsonb_agg(to_jsonb(t) - 'org_id' - 'item_id' ORDER BY t.attempt), '[]')
                FROM outbound_attempts t WHERE t.org_id = (SELECT auth.org_id()) AND t.item_id = o.id)
        ) ORDER BY o.id), '[]') FROM outbound_calls o
        WHERE o.org_id = (SELECT auth.org_id()) AND (o.patient_id = p.id OR o.number = %(number)s::text)),
    'calls', (SELECT coalesce(jsonb_agg(to_jsonb(c) - 'org_id' || jsonb_build_object(
            'transcript', (SELECT coalesce(jsonb_agg(to_jsonb(t) - 'org_id' - 'call_id' ORDER BY t.place), '[]')
                FROM transcripts t WHERE t.org_id = (SELECT auth.org_id()) AND t.call_id = c.id),
            'events', (SELECT coalesce(jsonb_agg(to_jsonb(e) - 'org_id' - 'call_id' ORDER BY e.at, e.id), '[]')
                FROM call_events e WHERE e.org_id = (SELECT auth.org_id()) AND e.call_id = c.id),
            'tools', (SELECT coalesce(jsonb_agg(to_jsonb(t) - 'org_id' - 'call_id' ORDER BY t.started_at), '[]')
                FROM tool_calls t WHERE t.org_id = (SELECT auth.org_id()) AND t.call_id = c.id),
            'transfers', (SELECT coalesce(jsonb_agg(to_jsonb(t) - 'org_id' - 'call_id' ORDER BY t.id), '[]')
                FROM transfers t WHERE t.org_id = (SELECT auth.org_id()) AND t.call_id = c.id),
            'outcome', (SELECT to_jsonb(o) - 'org_id' - 'call_id' FROM call_outcomes o
                WHERE o.org_id = (SELECT auth.org_id()) AND o.call_id = c.id),
            'original', (SELECT to_jsonb(o) - 'org_id' - 'call_id' FROM call_originals o
                WHERE o.org_id = (SELECT auth.org_id()) AND o.call_id = c.id)
        ) ORDER BY c.started_at, c.id), '[]') FROM calls c
        WHERE c.org_id = (SELECT auth.org_id()) AND c.id = ANY (%(call_ids)s::text[])),
    'audit', (SELECT coalesce(jsonb_agg(to_jsonb(a) - 'org_id' - 'patient_ids' - 'xid' ORDER BY a.at, a.id), '[]')
        FROM audit_log a WHERE a.org_id = (SELECT auth.org_id())
            AND (a.patient_id = p.id OR p.id = ANY (a.patient_ids)))
)
FROM patients p
WHERE p.org_id = (SELECT auth.org_id()) AND p.id = %(patient_id)s::bigint
