-- A clinic's agents, the platform's tools, and who is linked to which.

-- name: agents
SELECT id, org_id, name, template, languages, voice, greeting, greeting_zh, instructions, transfer_reasons, model,
    temperature, version, synced_version, synced_at, sync_error, vapi_assistant_id, updated_at, before
FROM agents
WHERE org_id = (SELECT auth.org_id()) AND deleted_at IS NULL
ORDER BY created_at, id

-- name: agent
SELECT id, org_id, name, template, languages, voice, greeting, greeting_zh, instructions, transfer_reasons, model,
    temperature, version, synced_version, synced_at, sync_error, vapi_assistant_id, updated_at, before
FROM agents
WHERE org_id = (SELECT auth.org_id()) AND id = %(agent_id)s AND deleted_at IS NULL

-- name: make
-- Another clinic's agent of that id can't be seen from here, and leaves no row behind.
INSERT INTO agents (id, org_id, name, template, languages, voice, greeting, greeting_zh, instructions,
    transfer_reasons, model, temperature)
VALUES (%(agent_id)s, (SELECT auth.org_id()), %(name)s, %(template)s, %(languages)s, %(voice)s, %(greeting)s,
    %(greeting_zh)s, %(instructions)s, %(transfer_reasons)s, %(model)s, %(temperature)s)
ON CONFLICT (id) DO NOTHING

-- name: adopt
-- An assistant from before is its clinic's agent from now on: linked like all, and otherwise left as it is until
-- somebody saves it.
INSERT INTO agents (id, org_id, name, template, languages, voice, model, temperature, synced_version,
    synced_tools, synced_at, vapi_assistant_id)
SELECT %(agent_id)s, o.id, %(name)s, 'assistant', o.languages, %(voice)s, %(model)s, 0.3, 1, %(tools)s, now(),
    %(assistant_id)s
FROM organizations o WHERE o.id = (SELECT auth.org_id())
ON CONFLICT DO NOTHING

-- name: change
-- A save begins anew, so what went wrong with the one before it is over.
UPDATE agents
SET name = %(name)s, languages = %(languages)s, voice = %(voice)s, greeting = %(greeting)s,
    greeting_zh = %(greeting_zh)s, instructions = %(instructions)s, transfer_reasons = %(transfer_reasons)s,
    model = %(model)s, temperature = %(temperature)s, version = version + 1, updated_at = now(), sync_error = NULL,
    before = jsonb_build_object('name', name, 'languages', languages, 'voice', voice, 'greeting', greeting,
        'greeting_zh', greeting_zh, 'instructions', instructions, 'transfer_reasons', transfer_reasons,
        'model', model, 'temperature', temperature)
WHERE org_id = (SELECT auth.org_id()) AND id = %(agent_id)s AND deleted_at IS NULL AND template = %(template)s
    AND version = coalesce(%(seen)s, version)

-- name: bury
UPDATE agents SET deleted_at = now(), version = version + 1, updated_at = now(), sync_error = NULL
WHERE org_id = (SELECT auth.org_id()) AND id = %(agent_id)s AND deleted_at IS NULL
    AND version = coalesce(%(seen)s, version)
RETURNING version

-- name: lease
-- Also of one that is deleted, for somebody must take its assistant away.
UPDATE agents
SET leased_by = %(holder)s, leased_until = now() + make_interval(secs => %(seconds)s)
WHERE org_id = (SELECT auth.org_id()) AND id = %(agent_id)s AND (leased_until IS NULL OR leased_until < now())
RETURNING leased_by AS holder, synced_tools, creating_since,
    deleted_at IS NOT NULL AS is_deleted

-- name: leased_agent
SELECT id, org_id, name, template, languages, voice, greeting, greeting_zh, instructions, transfer_reasons, model,
    temperature, version, synced_version, synced_at, sync_error, vapi_assistant_id, updated_at, before
FROM agents
WHERE org_id = (SELECT auth.org_id()) AND id = %(agent_id)s

-- name: creating
UPDATE agents SET creating_since = coalesce(creating_since, now())
WHERE org_id = (SELECT auth.org_id()) AND id = %(agent_id)s AND leased_by = %(holder)s
RETURNING creating_since

-- name: made
-- Written down at once, so that whatever comes next is not asked for twice.
UPDATE agents SET vapi_assistant_id = %(assistant_id)s, creating_since = NULL
WHERE org_id = (SELECT auth.org_id()) AND id = %(agent_id)s

-- name: settle
UPDATE agents
SET synced_version = %(version)s, synced_tools = %(tools)s, synced_at = now(), sync_error = NULL
WHERE org_id = (SELECT auth.org_id()) AND id = %(agent_id)s AND leased_by = %(holder)s AND deleted_at IS NULL

-- name: degrade
-- Of one that is right by now there is nothing to say.
UPDATE agents SET sync_error = %(reason)s
WHERE org_id = (SELECT auth.org_id()) AND id = %(agent_id)s AND sync_error IS DISTINCT FROM %(reason)s
    AND (synced_version < version OR synced_tools <> %(tools)s)

-- name: release
UPDATE agents SET leased_by = NULL, leased_until = NULL
WHERE org_id = (SELECT auth.org_id()) AND id = %(agent_id)s AND leased_by = %(holder)s

-- name: remove
DELETE FROM agents
WHERE org_id = (SELECT auth.org_id()) AND id = %(agent_id)s AND deleted_at IS NOT NULL

-- name: unlink_the_last
-- A clinic without agents is linked to no tools.
DELETE FROM org_tools
WHERE org_id = (SELECT auth.org_id())
    AND NOT EXISTS (SELECT FROM agents WHERE org_id = (SELECT auth.org_id()))

-- name: answers_here
INSERT INTO vapi_entries (vapi_id, org_id) VALUES (%(assistant_id)s, (SELECT auth.org_id()))
ON CONFLICT (vapi_id) DO NOTHING

-- name: answers_no_more
DELETE FROM vapi_entries WHERE org_id = (SELECT auth.org_id()) AND vapi_id = %(assistant_id)s

-- name: linked
INSERT INTO org_tools (org_id, tool_name, vapi_tool_id, definition_hash)
SELECT (SELECT auth.org_id()), t.tool_name, t.vapi_tool_id, t.definition_hash
FROM vapi_tools t WHERE t.vapi_tool_id = ANY (%(tool_ids)s)
ON CONFLICT ON CONSTRAINT once_a_clinic DO UPDATE
SET vapi_tool_id = excluded.vapi_tool_id, definition_hash = excluded.definition_hash, linked_at = now()
WHERE org_tools.vapi_tool_id <> excluded.vapi_tool_id

-- name: unlinked
DELETE FROM org_tools
WHERE org_id = (SELECT auth.org_id()) AND NOT (vapi_tool_id = ANY (%(tool_ids)s))

-- name: behind
UPDATE agents SET synced_tools = '' WHERE org_id = (SELECT auth.org_id()) AND id = %(agent_id)s

-- name: org_tools
SELECT tool_name, vapi_tool_id, definition_hash, linked_at
FROM org_tools WHERE org_id = (SELECT auth.org_id()) ORDER BY tool_name

-- name: definitions_digest
SELECT coalesce(md5(string_agg(tool_name || definition::text, ' ' ORDER BY tool_name)), '') FROM tool_definitions

-- name: definitions
SELECT tool_name, definition FROM tool_definitions ORDER BY tool_name

-- name: live_tools
SELECT tool_name, vapi_tool_id, definition_hash, registered_at
FROM vapi_tools WHERE superseded_at IS NULL ORDER BY tool_name

-- name: superseded_tools
SELECT vapi_tool_id, tool_name, unlinked_at FROM vapi_tools WHERE superseded_at IS NOT NULL ORDER BY superseded_at

-- name: every_tool_id
SELECT vapi_tool_id FROM vapi_tools

-- name: supersede
UPDATE vapi_tools SET superseded_at = now()
WHERE tool_name = %(tool_name)s AND superseded_at IS NULL AND vapi_tool_id <> %(vapi_tool_id)s

-- name: register
-- A definition that comes back, as when a release is taken back, finds its tool.
INSERT INTO vapi_tools (vapi_tool_id, tool_name, definition_hash)
VALUES (%(vapi_tool_id)s, %(tool_name)s, %(definition_hash)s)
ON CONFLICT (vapi_tool_id) DO UPDATE
SET tool_name = excluded.tool_name, definition_hash = excluded.definition_hash, superseded_at = NULL,
    unlinked_at = NULL

-- name: supersede_dropped
UPDATE vapi_tools SET superseded_at = now()
WHERE superseded_at IS NULL AND NOT (tool_name = ANY (%(tool_names)s))

-- name: supersede_gone
UPDATE vapi_tools SET superseded_at = now()
WHERE superseded_at IS NULL AND vapi_tool_id = ANY (%(tool_ids)s)

-- name: forget_tool
DELETE FROM vapi_tools WHERE vapi_tool_id = %(vapi_tool_id)s AND superseded_at IS NOT NULL

-- name: note_links
-- Of those with a successor: since when nothing links them.
UPDATE vapi_tools
SET unlinked_at = CASE WHEN vapi_tool_id = ANY (%(linked)s) THEN NULL ELSE coalesce(unlinked_at, now()) END
WHERE superseded_at IS NOT NULL

-- name: tools_linked
SELECT vapi_tool_id FROM directory.tools_linked() AS vapi_tool_id

-- name: take_lease
INSERT INTO leases (name, holder, until)
VALUES (%(name)s, %(holder)s, now() + make_interval(secs => %(seconds)s))
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
WHERE leases.until < now()

-- name: give_lease
DELETE FROM leases WHERE name = %(name)s AND holder = %(holder)s

-- name: organizations
SELECT org_id FROM directory.organizations() AS org_id

-- name: agents_at_vapi
SELECT org_id, agent_id, vapi_assistant_id FROM directory.agents_at_vapi()

-- name: agents_behind
SELECT org_id, agent_id FROM directory.agents_behind(%(tools)s)

-- name: organization
SELECT id, name FROM organizations WHERE id = (SELECT auth.org_id())

-- name: assistants_of_old
-- All ids of assistants, or squads, that answer for the clinic; with the agent whose assistant it is, if one's.
SELECT vapi_id, a.id AS agent_id
FROM (
    SELECT e.vapi_id FROM vapi_entries e WHERE e.org_id = (SELECT auth.org_id())
    UNION
    SELECT b.vapi_assistant_id FROM agents b
    WHERE b.org_id = (SELECT auth.org_id()) AND b.vapi_assistant_id IS NOT NULL AND b.deleted_at IS NULL
) known
LEFT JOIN agents a ON a.org_id = (SELECT auth.org_id()) AND a.vapi_assistant_id = known.vapi_id
WHERE a.deleted_at IS NULL
ORDER BY vapi_id

-- name: squad_seen
INSERT INTO vapi_squads (name, vapi_id) VALUES (%(name)s::text, %(vapi_id)s::text)
ON CONFLICT (name) DO UPDATE SET vapi_id = excluded.vapi_id, seen_at = now()

-- name: squad_gone
DELETE FROM vapi_squads WHERE name = %(name)s::text
