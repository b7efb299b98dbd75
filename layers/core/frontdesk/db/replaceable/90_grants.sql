-- What the functions' role may do, table by table; what is not here it may not. Which of the directory's functions
-- it may ask is said where they are.

REVOKE ALL ON SCHEMA public FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM frontdesk_app;
GRANT USAGE ON SCHEMA public, auth, directory, desk, history TO frontdesk_app;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA auth, desk, history TO frontdesk_app;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA auth TO frontdesk_directory;

GRANT SELECT ON
    organizations, phone_numbers, transfer_lines, providers, working_hours, date_hours, time_off,
    appointment_types, provider_types, caps, locations, visits, members, invitations, tool_definitions,
    blocked_callers
    TO frontdesk_app;
GRANT SELECT, INSERT, UPDATE ON
    calls, patients, tool_calls, call_outcomes, transfers, communications, waitlist_offers, notifications,
    digests, text_messages, outbound_calls
    TO frontdesk_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON
    appointments, patient_name_keys, waitlist, agents, org_tools, vapi_tools, leases, vapi_entries, transcripts,
    call_originals, call_events, call_messages, caller_memories, outbound_attempts,
    vapi_squads
    TO frontdesk_app;
-- What the last deploy left of the schema, for `frontdesk doctor` to compare.
GRANT SELECT ON schema_objects TO frontdesk_app;
GRANT SELECT, INSERT ON holidays, audit_seals, memory_refusals TO frontdesk_app;

-- Who writes an entry doesn't say when, or who they are: the columns left out are filled by their defaults. The
-- log's months are nobody's but the owner's; the way to them is the log.
GRANT SELECT, INSERT (org_id, call_id, action, outcome, patient_id, patient_ids, appointment_id, change)
    ON audit_log TO frontdesk_app;
GRANT USAGE ON SCHEMA archive TO frontdesk_app;
GRANT EXECUTE ON FUNCTION archive.make_months(), archive.drop_months(), archive.cutoff() TO frontdesk_app;
GRANT SELECT, INSERT, UPDATE (tries, failure, done_at) ON deletions TO frontdesk_app;
-- Who is erased takes these along.
GRANT DELETE ON memory_refusals, text_messages TO frontdesk_app;
-- What is over in time (frontdesk.privacy); what hangs on a call goes with it.
GRANT DELETE ON calls, notifications, communications, outbound_calls TO frontdesk_app;
GRANT SELECT, INSERT, DELETE ON do_not_call TO frontdesk_app;

-- Signing up makes a clinic and what it needs to be answered; a member comes and goes, and changes in one thing.
GRANT INSERT (id, name, time_zone, languages) ON organizations TO frontdesk_app;
GRANT INSERT (org_id, name, name_zh, also_called, duration_min) ON appointment_types TO frontdesk_app;
GRANT INSERT (user_id, org_id, email, role), UPDATE (role), DELETE ON members TO frontdesk_app;
GRANT INSERT (org_id, email, role, invited_by), UPDATE (role, invited_by, created_at, expires_at), DELETE
    ON invitations TO frontdesk_app;

-- What a clinic's own people change (frontdesk.organizations, frontdesk.providers). Nobody and no kind of visit
-- is deleted: what was booked points at them.
GRANT UPDATE (name, name_zh, phone_number, address, region, time_zone, languages, hours_text, hours_text_zh,
    accepting_new_patients, identity_proof, notice_min, horizon_days, slot_interval_min, slot_offset_min, packed,
    cleanup_min, buffers_inside_hours, booking_mode, approval_min, waitlist_offer_min, holiday_province,
    retention_days, legal_hold, memory_days, digest_email, digest_hour, texts_enabled, archives_recordings,
    keeps_originals, original_days, outbound_purposes, outbound_from, outbound_to, outbound_attempts,
    outbound_spacing_min, outbound_concurrency, reminder_days, voicemail_is_enough, after_hours, version)
    ON organizations TO frontdesk_app;
GRANT INSERT, DELETE ON transfer_lines, caps, working_hours, date_hours, time_off TO frontdesk_app;
GRANT INSERT, UPDATE ON providers, appointment_types TO frontdesk_app;
GRANT INSERT, UPDATE, DELETE ON phone_numbers TO frontdesk_app;
GRANT INSERT, DELETE ON blocked_callers TO frontdesk_app;
GRANT SELECT, INSERT, DELETE ON entry_copies TO frontdesk_app;

-- A clinic's documents and what is found in them; what hangs on a version goes with it. A passage never changes.
GRANT SELECT, INSERT, UPDATE, DELETE ON documents, document_versions, knowledge_digests TO frontdesk_app;
GRANT SELECT, INSERT, DELETE ON document_chunks, chunk_embeddings, chunk_terms TO frontdesk_app;
GRANT UPDATE (embedding_model) ON organizations TO frontdesk_app;

-- Calendars outside. Which mailbox a connection is of never changes.
GRANT SELECT, INSERT, DELETE ON calendar_consents, calendar_connections, calendars TO frontdesk_app;
GRANT UPDATE (connected_by, connected_at, failure, refresh_token, access_token, access_expires_at, version,
    leased_until, account, due_at, wanted_at, syncing_until, synced_at, sync_failure, sync_failures)
    ON calendar_connections TO frontdesk_app;
GRANT UPDATE (name, time_zone, is_primary, is_writable, owner, lookup, provider_id, position, window_from,
    window_until, pulled_at, read_whole_at, failure, epoch, watch_at) ON calendars TO frontdesk_app;
GRANT SELECT, INSERT, DELETE ON calendar_busy, calendar_channels TO frontdesk_app;
GRANT UPDATE (title) ON calendar_busy TO frontdesk_app;
GRANT UPDATE (renew_at, expires_at) ON calendar_channels TO frontdesk_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON calendar_events TO frontdesk_app;
GRANT UPDATE (calendar_fresh_min, calendar_unknown, calendar_moved, calendar_deleted, calendar_titles,
    calendar_names) ON organizations TO frontdesk_app;

-- A clinic's own EMR, and what we know of it.
GRANT SELECT, INSERT, UPDATE, DELETE ON
    emr_connections, emr_providers, emr_openings, emr_types, emr_visits, emr_patients, emr_phones TO frontdesk_app;
GRANT UPDATE (emr) ON organizations TO frontdesk_app;
