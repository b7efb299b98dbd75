-- What holds of every clinic's rows, whatever died, came twice or was cut off. Each question is asked under one
-- clinic's claims, as the functions' own role, and names in `what` each thing that is not as it should be: by ids.
-- Whatever a schedule puts right is wrong only once that schedule has passed it over some times.

-- name: visits_overlap
-- severity: fail
-- means: two visits, requests or holds of one provider overlap, buffers included
-- do: cancel one of each two; the constraint `one_at_a_time` forbids it, so see "schema" above for what became of it
SELECT later.id AS what FROM (
    SELECT a.id, a.occupied_from, max(a.occupied_to) OVER (
        PARTITION BY a.provider_id ORDER BY a.occupied_from, a.id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS taken_until
    FROM appointments a WHERE a.status IN ('held', 'pending', 'booked', 'arrived', 'fulfilled')
) later
WHERE later.occupied_from < later.taken_until

-- name: visits_booked_twice
-- severity: fail
-- means: one call booked the same patient twice for the same time
-- do: cancel one of each two; a repeated tool call must get the first answer again
SELECT min(a.id) AS what FROM appointments a
WHERE a.status IN ('pending', 'booked') AND a.call_id IS NOT NULL
GROUP BY a.call_id, a.patient_id, a.visit_start HAVING count(*) > 1

-- name: visits_of_nobody
-- severity: fail
-- means: a visit whose patient, provider or kind of visit is not there
-- do: cancel it; foreign keys forbid it, so see "schema" above for what became of them
SELECT a.id AS what FROM appointments a
LEFT JOIN patients p ON p.org_id = a.org_id AND p.id = a.patient_id
LEFT JOIN providers d ON d.org_id = a.org_id AND d.id = a.provider_id
LEFT JOIN appointment_types t ON t.org_id = a.org_id AND t.id = a.type_id
WHERE d.id IS NULL OR t.id IS NULL OR (a.status <> 'held' AND p.id IS NULL)

-- name: holds_left_over
-- severity: fail
-- means: a hold that was over ten minutes ago still keeps its time
-- do: see why `scheduling/sweep` does not run, or fails at this clinic
SELECT a.id AS what FROM appointments a WHERE a.status = 'held' AND a.held_until < now() - interval '10 minutes'

-- name: requests_left_over
-- severity: fail
-- means: a request waits for the clinic's word though it has lapsed, or though its own time has come
-- do: see why `scheduling/sweep` does not run, or fails at this clinic; of an EMR's, why `emr/sync` does not settle it
SELECT a.id AS what FROM appointments a
WHERE a.status = 'pending' AND least(a.pending_until, a.visit_start) < now() - interval '10 minutes'

-- name: offers_left_over
-- severity: fail
-- means: a freed time is still offered to somebody on the waitlist though their hour is over
-- do: see why `scheduling/sweep` does not run, or fails at this clinic
SELECT o.id AS what FROM waitlist_offers o
WHERE o.outcome IS NULL AND o.offered_until < now() - interval '10 minutes'

-- name: waitlist_offered_nothing
-- severity: warn
-- means: an entry of the waitlist is said to have an offer, and has none, so nothing is offered to it any more
-- do: set its status to `waiting`
SELECT w.id AS what FROM waitlist w
WHERE w.status = 'offered' AND NOT EXISTS (
    SELECT FROM waitlist_offers o WHERE o.org_id = w.org_id AND o.waitlist_id = w.id AND o.outcome IS NULL)

-- name: calls_without_end
-- severity: fail
-- means: a call was reported, and has no end
-- do: see the log of `calls/on_message` for the call's id; a report ends its call in one transaction
SELECT c.id AS what FROM calls c WHERE c.reported_at IS NOT NULL AND c.ended_at IS NULL

-- name: calls_not_closed
-- severity: fail
-- means: a call has been silent for two hours, was never reported, and nobody has closed it
-- do: see why `calls/close_lost` does not run, or fails at this call
SELECT c.id AS what FROM calls c
WHERE c.reported_at IS NULL AND c.last_tool_at < now() - interval '2 hours'
    AND coalesce(c.ended_at, '-infinity') < now() - interval '2 hours' AND NOT c.flags @> '{no_report}'
    AND coalesce(c.ended_reason, '') NOT IN ('outside-hours', 'blocked-caller')

-- name: tool_calls_cut_off
-- severity: warn
-- means: of a tool call of the last day nobody knows how it ended: its function was killed while another server was asked
-- do: see what the call left (`GET /calls/ID`); its caller was told that nobody knows
SELECT t.call_id || ' ' || t.id AS what FROM tool_calls t
JOIN calls c ON c.org_id = t.org_id AND c.id = t.call_id AND c.last_tool_at > now() - interval '1 day'
WHERE t.outcome = 'running' AND t.started_at < now() - interval '10 minutes'

-- name: transfers_not_settled
-- severity: warn
-- means: a transfer was asked for two hours ago, and nobody knows whether a person took the call
-- do: see why the call was neither reported nor closed
SELECT t.id AS what FROM transfers t WHERE t.settled_at IS NULL AND t.status = 'asked' AND t.asked_at < now() - interval '2 hours'

-- name: agents_behind
-- severity: fail
-- means: an agent was saved or deleted forty minutes ago, and Vapi has not followed
-- do: `frontdesk tools status`; see the queue of `agents/on_agent_saved`, and whether `agents/reconcile` runs
SELECT a.id AS what FROM agents a
WHERE coalesce(a.deleted_at, a.updated_at) < now() - interval '40 minutes' AND a.sync_error IS NULL
    AND (a.deleted_at IS NOT NULL OR a.synced_version < a.version)

-- name: agents_degraded
-- severity: fail
-- means: an agent is not at Vapi what was saved, and trying again did not help
-- do: `frontdesk tools status` says why; once that is mended, `agents/reconcile` brings it there
SELECT a.id AS what FROM agents a WHERE a.sync_error IS NOT NULL

-- name: numbers_not_attached
-- severity: warn
-- means: a telephone number that the clinic wants answered is not ours at Vapi
-- do: see `failure` of `GET /phone-numbers`, and ask for it again there
SELECT n.e164 AS what FROM phone_numbers n WHERE n.status = 'failed'

-- name: events_not_written
-- severity: fail
-- means: a visit has changed half an hour ago, and its provider's calendar does not say so
-- do: `frontdesk calendars status`; see the queue of `calendars/sync`, and whether `calendars/dispatch` runs
SELECT e.appointment_id AS what FROM calendar_events e
JOIN calendars k ON k.org_id = e.org_id AND k.id = coalesce(e.calendar_id, e.for_calendar_id)
JOIN calendar_connections c ON c.org_id = k.org_id AND c.id = k.connection_id
WHERE e.due_since < now() - interval '30 minutes' AND c.failure IS NULL AND k.failure IS NULL

-- name: events_of_nothing
-- severity: fail
-- means: an event stands in a calendar for a visit that is not there, or stands no more, and nobody is to delete it
-- do: set `due_since` of its row in `calendar_events`; the next sync deletes it
SELECT e.appointment_id AS what FROM calendar_events e
LEFT JOIN appointments a ON a.org_id = e.org_id AND a.id = e.appointment_id
WHERE e.due_since IS NULL AND e.calendar_id IS NOT NULL AND e.ends_at > now()
    AND (a.id IS NULL OR a.status NOT IN ('booked', 'arrived', 'fulfilled'))

-- name: visits_without_event
-- severity: fail
-- means: a visit to come of a provider who has a calendar is not in it, and nobody is to put it there
-- do: set `due_since` of its row in `calendar_events`, or insert one; the next sync writes it
SELECT a.id AS what FROM appointments a
JOIN calendars k ON k.org_id = a.org_id AND k.provider_id = a.provider_id AND k.is_writable AND k.failure IS NULL
JOIN calendar_connections c ON c.org_id = k.org_id AND c.id = k.connection_id AND c.failure IS NULL
LEFT JOIN calendar_events e ON e.org_id = a.org_id AND e.appointment_id = a.id
WHERE a.status IN ('booked', 'arrived') AND a.visit_start > now() + interval '1 hour'
    AND e.due_since IS NULL AND e.event_id IS NULL

-- name: calendars_stale
-- severity: warn
-- means: what is known of a calendar is older than the clinic wants, by more than a sync or two; callers are asked to wait for a look
-- do: `frontdesk calendars status`; see whether `calendars/dispatch` runs, and what the vendor answers
SELECT k.id AS what FROM calendars k
JOIN organizations o ON o.id = k.org_id
JOIN calendar_connections c ON c.org_id = k.org_id AND c.id = k.connection_id AND c.failure IS NULL
WHERE k.provider_id IS NOT NULL AND k.failure IS NULL
    AND greatest(k.pulled_at, c.connected_at) < now() - make_interval(mins => o.calendar_fresh_min + 20)

-- name: calendars_disconnected
-- severity: warn
-- means: a mailbox or a calendar that the clinic connected can not be read any more
-- do: a member connects it again; the clinic was told
SELECT c.id AS what FROM calendar_connections c WHERE c.failure IS NOT NULL AND c.failure <> 'unfinished'
UNION ALL SELECT k.connection_id FROM calendars k WHERE k.failure IS NOT NULL AND k.provider_id IS NOT NULL

-- name: syncs_abandoned
-- severity: fail
-- means: whoever synced a mailbox died, and nobody has taken over
-- do: see whether `calendars/dispatch` runs, and the queue of `calendars/sync`
SELECT c.id AS what FROM calendar_connections c
WHERE c.failure IS NULL AND c.syncing_until < now() - interval '15 minutes'

-- name: emr_stale
-- severity: fail
-- means: the clinic's EMR has not been read for a quarter of an hour, so what staff do there is not known here
-- do: `frontdesk emr check --org CLINIC`; see whether `emr/dispatch` runs, and the queue of `emr/sync`
SELECT 'last read ' || coalesce(e.synced_at::text, 'never') AS what FROM emr_connections e
WHERE greatest(e.synced_at, e.connected_at) < now() - interval '15 minutes'

-- name: emr_resting
-- severity: warn
-- means: so many requests to the clinic's EMR came to nothing that it is left alone for a while
-- do: `frontdesk emr check --org CLINIC`
SELECT e.failures || ' in a row' AS what FROM emr_connections e WHERE e.retry_at IS NOT NULL

-- name: emr_visits_in_doubt
-- severity: fail
-- means: a visit was written to the EMR half an hour ago, and nobody knows whether it stands there
-- do: look for it in the EMR by its mark; see why `emr/sync` does not settle it
SELECT v.appointment_id AS what FROM emr_visits v
WHERE v.emr_id IS NULL AND v.status <> 'cancelled' AND v.asked_at < now() - interval '30 minutes'

-- name: emr_visits_without_row
-- severity: fail
-- means: a visit of ours in the EMR is of an appointment that is not here
-- do: `frontdesk emr check --org CLINIC`, then find the visit in the EMR by its mark
SELECT v.id AS what FROM emr_visits v
WHERE v.appointment_id IS NOT NULL AND v.status <> 'cancelled'
    AND NOT EXISTS (SELECT FROM appointments a WHERE a.org_id = v.org_id AND a.id = v.appointment_id)

-- name: documents_stuck
-- severity: fail
-- means: nothing has come of a document for an hour, and it is neither ready nor failed
-- do: see the queue of `knowledge/on_document_uploaded`, and whether `knowledge/resume` runs
SELECT v.document_id AS what FROM document_versions v
WHERE v.status NOT IN ('ready', 'failed', 'awaiting_upload') AND v.changed_at < now() - interval '1 hour'

-- name: uploads_left_over
-- severity: warn
-- means: a document was announced more than a day ago, and its file never came
-- do: see whether `knowledge/resume` runs, which takes such documents away
SELECT v.document_id AS what FROM document_versions v
WHERE v.status = 'awaiting_upload' AND v.changed_at < now() - interval '26 hours'

-- name: passages_not_embedded
-- severity: fail
-- means: callers are answered from a document of which some passages have no vector, so no question finds those
-- do: `frontdesk knowledge reembed --org CLINIC`
SELECT DISTINCT d.id AS what FROM documents d
JOIN organizations o ON o.id = d.org_id
JOIN document_chunks c ON c.org_id = d.org_id AND c.version_id = d.current_version
WHERE NOT EXISTS (
    SELECT FROM chunk_embeddings e
    WHERE e.org_id = c.org_id AND e.chunk_id = c.id AND e.model = o.embedding_model AND e.part = 0)

-- name: memories_left_over
-- severity: fail
-- means: something is still remembered of a caller two days after its time
-- do: see whether `privacy/keep_retention` runs
SELECT m.id AS what FROM caller_memories m
JOIN organizations o ON o.id = m.org_id AND NOT o.legal_hold
WHERE m.expires_at < now() - interval '2 days'

-- name: deletions_left_over
-- severity: fail
-- means: what was to be deleted at Vapi or in the store is still there a day later
-- do: see `failure` in `deletions`, and whether `privacy/delete_elsewhere` runs
SELECT d.id AS what FROM deletions d WHERE d.done_at IS NULL AND d.asked_at < now() - interval '1 day'

-- name: texts_left_over
-- severity: warn
-- means: a text message that a caller agreed to has been waiting for an hour
-- do: see whether `notifications/send_texts` runs, and SNS's spending limit
SELECT t.id AS what FROM text_messages t WHERE t.status = 'waiting' AND t.agreed_at < now() - interval '1 hour'

-- name: outbound_attempts_left_over
-- severity: fail
-- means: a call of ours was begun three hours ago, and nobody knows how it ended
-- do: look for it at Vapi; see whether `outbound/make_calls` runs
SELECT a.item_id AS what FROM outbound_attempts a
WHERE a.settled_at IS NULL AND a.asked_since < now() - interval '3 hours'

-- name: outbound_calls_left_over
-- severity: fail
-- means: a call that was to be made is neither made nor given up, two hours after its last moment
-- do: see whether `outbound/plan_calls` and `outbound/make_calls` run
SELECT c.id AS what FROM outbound_calls c
WHERE c.status = 'waiting' AND c.expires_at < now() - interval '2 hours'

-- name: audit_not_sealed
-- severity: warn
-- means: entries of the audit log have not been sealed for an hour
-- do: see whether `privacy/seal_audit` runs, and whether a transaction has been open for so long
SELECT count(*) || ' entries' AS what FROM audit_log a
WHERE a.at < now() - interval '1 hour' AND a.at > now() - interval '30 days'
    AND a.xid >= coalesce((SELECT max(s.to_xid) FROM audit_seals s), '0')
HAVING count(*) > 0
