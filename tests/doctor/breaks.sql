-- One way each to break what the doctor asks of clinics' rows; run as the owner, under Maple's claims.

-- name: visits_overlap
ALTER TABLE appointments DROP CONSTRAINT one_at_a_time;
INSERT INTO appointments (org_id, provider_id, patient_id, type_id, status, visit, occupied, call_id)
SELECT o.id, 100, (SELECT min(id) FROM patients), (SELECT min(id) FROM appointment_types), 'booked', tstzrange(now() + interval '40 days', now() + interval '40 days 30 minutes'), tstzrange(now() + interval '40 days', now() + interval '40 days 30 minutes'), null
FROM organizations o;
INSERT INTO appointments (org_id, provider_id, patient_id, type_id, status, visit, occupied, call_id)
SELECT o.id, 100, (SELECT min(id) FROM patients), (SELECT min(id) FROM appointment_types), 'booked', tstzrange(now() + interval '40 days', now() + interval '40 days 30 minutes'), tstzrange(now() + interval '40 days', now() + interval '40 days 30 minutes'), null
FROM organizations o;

-- name: visits_booked_twice
INSERT INTO calls (org_id, id, kind, language)
SELECT id, 'lost-1', 'inboundPhoneCall', 'en' FROM organizations;
INSERT INTO appointments (org_id, provider_id, patient_id, type_id, status, visit, occupied, call_id)
SELECT o.id, 100, (SELECT min(id) FROM patients), (SELECT min(id) FROM appointment_types), 'booked', tstzrange(now() + interval '40 days', now() + interval '40 days 30 minutes'), tstzrange(now() + interval '40 days', now() + interval '40 days 30 minutes'), 'lost-1'
FROM organizations o;
INSERT INTO appointments (org_id, provider_id, patient_id, type_id, status, visit, occupied, call_id)
SELECT o.id, 101, (SELECT min(id) FROM patients), (SELECT min(id) FROM appointment_types), 'booked', tstzrange(now() + interval '40 days', now() + interval '40 days 30 minutes'), tstzrange(now() + interval '40 days', now() + interval '40 days 30 minutes'), 'lost-1'
FROM organizations o;

-- name: visits_of_nobody
ALTER TABLE appointments DROP CONSTRAINT appointments_org_id_type_id_fkey;
INSERT INTO appointments (org_id, provider_id, patient_id, type_id, status, visit, occupied, call_id)
SELECT o.id, 100, (SELECT min(id) FROM patients), 999999, 'booked', tstzrange(now() + interval '40 days', now() + interval '40 days 30 minutes'), tstzrange(now() + interval '40 days', now() + interval '40 days 30 minutes'), null
FROM organizations o;

-- name: holds_left_over
INSERT INTO appointments (org_id, provider_id, patient_id, type_id, status, visit, occupied, call_id, held_until)
SELECT o.id, 100, (SELECT min(id) FROM patients), (SELECT min(id) FROM appointment_types), 'held', tstzrange(now() + interval '40 days', now() + interval '40 days 30 minutes'), tstzrange(now() + interval '40 days', now() + interval '40 days 30 minutes'), null, now() - interval '11 minutes'
FROM organizations o;

-- name: requests_left_over
INSERT INTO appointments (org_id, provider_id, patient_id, type_id, status, visit, occupied, call_id, pending_until)
SELECT o.id, 100, (SELECT min(id) FROM patients), (SELECT min(id) FROM appointment_types), 'pending', tstzrange(now() + interval '-1 days', now() + interval '-1 days 30 minutes'), tstzrange(now() + interval '-1 days', now() + interval '-1 days 30 minutes'), null, now() + interval '1 day'
FROM organizations o;

-- name: offers_left_over
INSERT INTO waitlist (org_id, first_name, last_name, name_key, phone)
SELECT id, 'Ada', 'Lind', 'ada', '+16045550177' FROM organizations;
INSERT INTO waitlist_offers (org_id, waitlist_id, provider_id, starts_at, offered_at, offered_until)
SELECT w.org_id, w.id, 100, now(), now(), now() - interval '11 minutes' FROM waitlist w;

-- name: waitlist_offered_nothing
INSERT INTO waitlist (org_id, first_name, last_name, name_key, phone)
SELECT id, 'Ada', 'Lind', 'ada', '+16045550177' FROM organizations;
UPDATE waitlist SET status = 'offered';

-- name: calls_without_end
INSERT INTO calls (org_id, id, kind, language, reported_at)
SELECT id, 'lost-1', 'inboundPhoneCall', 'en', now() FROM organizations;

-- name: calls_not_closed
INSERT INTO calls (org_id, id, kind, language, last_tool_at)
SELECT id, 'lost-1', 'inboundPhoneCall', 'en', now() - interval '3 hours' FROM organizations;

-- name: tool_calls_cut_off
INSERT INTO calls (org_id, id, kind, language)
SELECT id, 'lost-1', 'inboundPhoneCall', 'en' FROM organizations;
INSERT INTO tool_calls (org_id, call_id, id, tool, arguments_hash, started_at)
SELECT id, 'lost-1', 't', 'create_appointment', '', now() - interval '11 minutes' FROM organizations;

-- name: transfers_not_settled
INSERT INTO calls (org_id, id, kind, language)
SELECT id, 'lost-1', 'inboundPhoneCall', 'en' FROM organizations;
INSERT INTO transfers (org_id, call_id, reason, status, asked_at)
SELECT id, 'lost-1', 'billing', 'asked', now() - interval '3 hours' FROM organizations;

-- name: agents_behind
INSERT INTO agents (org_id, id, name, template, languages, voice, model, temperature, updated_at, sync_error)
SELECT id, gen_random_uuid(), 'Front desk', 'squad', '{en}', 'sarah', 'gpt-4o', 0.3, now() - interval '1 hour', null FROM organizations;

-- name: agents_degraded
INSERT INTO agents (org_id, id, name, template, languages, voice, model, temperature, updated_at, sync_error)
SELECT id, gen_random_uuid(), 'Front desk', 'squad', '{en}', 'sarah', 'gpt-4o', 0.3, now(), 'refused' FROM organizations;

-- name: numbers_not_attached
UPDATE phone_numbers SET status = 'failed';

-- name: events_not_written
INSERT INTO calendar_connections (org_id, vendor, account, connected_by, connected_at, failure, refresh_token)
SELECT id, 'google', 'a@clinic.example', 'm', now() - interval '1 day', null, '{}' FROM organizations;
INSERT INTO calendars (org_id, connection_id, vendor_id, name, is_primary, is_writable, provider_id)
SELECT org_id, id, 'c', 'c', true, true, 100 FROM calendar_connections;
UPDATE calendars SET pulled_at = now();
INSERT INTO calendar_events (org_id, appointment_id, for_calendar_id, due_since)
SELECT c.org_id, 7, c.id, now() - interval '1 hour' FROM calendars c;

-- name: events_of_nothing
INSERT INTO calendar_connections (org_id, vendor, account, connected_by, connected_at, failure, refresh_token)
SELECT id, 'google', 'a@clinic.example', 'm', now() - interval '1 day', null, '{}' FROM organizations;
INSERT INTO calendars (org_id, connection_id, vendor_id, name, is_primary, is_writable, provider_id)
SELECT org_id, id, 'c', 'c', true, true, 100 FROM calendar_connections;
UPDATE calendars SET pulled_at = now();
INSERT INTO calendar_events (org_id, appointment_id, calendar_id, event_id, etag, starts_at, ends_at)
SELECT c.org_id, 7, c.id, 'e', 'e', now() + interval '1 day', now() + interval '2 days' FROM calendars c;

-- name: visits_without_event
INSERT INTO calendar_connections (org_id, vendor, account, connected_by, connected_at, failure, refresh_token)
SELECT id, 'google', 'a@clinic.example', 'm', now() - interval '1 day', null, '{}' FROM organizations;
INSERT INTO calendars (org_id, connection_id, vendor_id, name, is_primary, is_writable, provider_id)
SELECT org_id, id, 'c', 'c', true, true, 100 FROM calendar_connections;
UPDATE calendars SET pulled_at = now();
ALTER TABLE appointments DISABLE TRIGGER event_of_new;
INSERT INTO appointments (org_id, provider_id, patient_id, type_id, status, visit, occupied, call_id)
SELECT o.id, 100, (SELECT min(id) FROM patients), (SELECT min(id) FROM appointment_types), 'booked', tstzrange(now() + interval '40 days', now() + interval '40 days 30 minutes'), tstzrange(now() + interval '40 days', now() + interval '40 days 30 minutes'), null
FROM organizations o;

-- name: calendars_stale
INSERT INTO calendar_connections (org_id, vendor, account, connected_by, connected_at, failure, refresh_token)
SELECT id, 'google', 'a@clinic.example', 'm', now() - interval '1 day', null, '{}' FROM organizations;
INSERT INTO calendars (org_id, connection_id, vendor_id, name, is_primary, is_writable, provider_id)
SELECT org_id, id, 'c', 'c', true, true, 100 FROM calendar_connections;

-- name: calendars_disconnected
INSERT INTO calendar_connections (org_id, vendor, account, connected_by, connected_at, failure, refresh_token)
SELECT id, 'google', 'a@clinic.example', 'm', now() - interval '1 day', null, '{}' FROM organizations;
UPDATE calendar_connections SET failure = 'consent_gone', refresh_token = null;

-- name: syncs_abandoned
INSERT INTO calendar_connections (org_id, vendor, account, connected_by, connected_at, failure, refresh_token)
SELECT id, 'google', 'a@clinic.example', 'm', now() - interval '1 day', null, '{}' FROM organizations;
UPDATE calendar_connections SET syncing_until = now() - interval '1 hour';

-- name: emr_stale
INSERT INTO emr_connections (org_id, server, connected_at, synced_at)
SELECT id, '{}', now() - interval '1 day', now() - interval '1 hour' FROM organizations;

-- name: emr_resting
INSERT INTO emr_connections (org_id, server, connected_at, synced_at)
SELECT id, '{}', now() - interval '1 day', now() FROM organizations;
UPDATE emr_connections SET retry_at = now(), failures = 3;

-- name: emr_visits_in_doubt
INSERT INTO emr_connections (org_id, server, connected_at, synced_at)
SELECT id, '{}', now() - interval '1 day', now() FROM organizations;
INSERT INTO emr_providers (org_id, emr_id, provider_id)
SELECT org_id, 'x', 100 FROM emr_connections;
INSERT INTO appointments (org_id, provider_id, patient_id, type_id, status, visit, occupied, call_id)
SELECT o.id, 100, (SELECT min(id) FROM patients), (SELECT min(id) FROM appointment_types), 'booked', tstzrange(now() + interval '40 days', now() + interval '40 days 30 minutes'), tstzrange(now() + interval '40 days', now() + interval '40 days 30 minutes'), null
FROM organizations o;
INSERT INTO emr_visits (org_id, provider_id, emr_id, marker, starts_at, ends_at, status, appointment_id, asked_at)
SELECT org_id, 100, null, 'mark', now(), now() + interval '1 hour', 'booked', (SELECT max(id) FROM appointments), now() - interval '1 hour' FROM emr_connections;

-- name: emr_visits_without_row
INSERT INTO emr_connections (org_id, server, connected_at, synced_at)
SELECT id, '{}', now() - interval '1 day', now() FROM organizations;
INSERT INTO emr_providers (org_id, emr_id, provider_id)
SELECT org_id, 'x', 100 FROM emr_connections;
INSERT INTO emr_visits (org_id, provider_id, emr_id, marker, starts_at, ends_at, status, appointment_id, asked_at)
SELECT org_id, 100, 'v', 'mark', now(), now() + interval '1 hour', 'booked', 7, now() - interval '1 hour' FROM emr_connections;

-- name: documents_stuck
INSERT INTO documents (org_id, name)
SELECT id, 'fees.txt' FROM organizations;
INSERT INTO document_versions (org_id, document_id, status, changed_at)
SELECT org_id, id, 'embedding', now() - interval '2 hours' FROM documents;

-- name: uploads_left_over
INSERT INTO documents (org_id, name)
SELECT id, 'fees.txt' FROM organizations;
INSERT INTO document_versions (org_id, document_id, status, changed_at)
SELECT org_id, id, 'awaiting_upload', now() - interval '2 days' FROM documents;

-- name: passages_not_embedded
INSERT INTO documents (org_id, name)
SELECT id, 'fees.txt' FROM organizations;
INSERT INTO document_versions (org_id, document_id, status, changed_at)
SELECT org_id, id, 'ready', now() - interval '1 hour' FROM documents;
UPDATE documents d SET current_version = v.id FROM document_versions v WHERE v.document_id = d.id;
UPDATE organizations SET embedding_model = 'm';
INSERT INTO document_chunks (org_id, document_id, version_id, place, heading, text, content_hash, is_suspicious)
SELECT org_id, document_id, id, 0, '', 'Parking is free.', '', false FROM document_versions;

-- name: memories_left_over
INSERT INTO caller_memories (org_id, caller_number, language, expires_at)
SELECT id, '+16045550123', 'en', now() - interval '3 days' FROM organizations;

-- name: deletions_left_over
INSERT INTO deletions (org_id, kind, name, asked_at)
SELECT id, 'object', 'documents/1', now() - interval '2 days' FROM organizations;

-- name: texts_left_over
INSERT INTO calls (org_id, id, kind, language)
SELECT id, 'lost-1', 'inboundPhoneCall', 'en' FROM organizations;
INSERT INTO text_messages (org_id, call_id, patient_id, appointment_id, language, agreed_at, visit_start, visit_status)
SELECT id, 'lost-1', (SELECT min(id) FROM patients), 7, 'en', now() - interval '2 hours', now(), 'booked' FROM organizations;

-- name: outbound_attempts_left_over
INSERT INTO outbound_calls (org_id, purpose, key, number, not_before, expires_at, next_at)
SELECT id, 'recall', 'k', '+16045550123', now(), now() + interval '1 day', now() FROM organizations;
INSERT INTO outbound_attempts (org_id, item_id, attempt, asked_since)
SELECT org_id, id, 1, now() - interval '4 hours' FROM outbound_calls;

-- name: outbound_calls_left_over
INSERT INTO outbound_calls (org_id, purpose, key, number, not_before, expires_at, next_at)
SELECT id, 'recall', 'k', '+16045550123', now(), now() + interval '1 day', now() FROM organizations;
UPDATE outbound_calls SET not_before = now() - interval '5 hours', expires_at = now() - interval '3 hours';

-- name: audit_not_sealed
INSERT INTO audit_log (org_id, at, action, outcome)
SELECT id, now() - interval '2 hours', 'x', 'done' FROM organizations;
