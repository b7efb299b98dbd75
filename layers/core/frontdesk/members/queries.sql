-- Who may ask, and what; who is in, who is invited, who signs up.

-- name: role
-- Under the clinic's own claims, so a member of another is nobody here.
SELECT role FROM members WHERE user_id = %(user_id)s

-- name: members
SELECT user_id, email, role, created_at FROM members ORDER BY created_at, user_id

-- name: change_role
UPDATE members SET role = %(role)s WHERE user_id = %(user_id)s RETURNING user_id, email, role, created_at

-- name: leave
DELETE FROM members WHERE user_id = %(user_id)s

-- name: is_address_of_member
SELECT true FROM members WHERE email = %(email)s

-- name: invite
-- An address has one invitation to a clinic: a second one renews it, so that the newer word counts.
INSERT INTO invitations (org_id, email, role, invited_by)
VALUES ((SELECT auth.org_id()), %(email)s, %(role)s, %(invited_by)s)
ON CONFLICT ON CONSTRAINT one_invitation_an_address
DO UPDATE SET role = excluded.role, invited_by = excluded.invited_by, created_at = DEFAULT, expires_at = DEFAULT
RETURNING id, email, role, created_at, expires_at

-- name: invited_today
-- By the log, for an invitation that was taken back has been mailed all the same.
SELECT count(*) FROM audit_log
WHERE org_id = (SELECT auth.org_id()) AND at > now() - interval '1 day' AND action = 'invitation.made'

-- name: open_invitations
SELECT id, email, role, created_at, expires_at FROM invitations WHERE expires_at > now()
ORDER BY created_at, id

-- name: withdraw
DELETE FROM invitations WHERE id = %(invitation_id)s::uuid

-- name: take_invitation
-- Of two firings the second waits for the first's removal, and then finds none. Who is a member by now, here or
-- elsewhere, stays what they are.
WITH taken AS (
    DELETE FROM invitations WHERE email = %(email)s AND expires_at > now() RETURNING role
)
INSERT INTO members (user_id, org_id, email, role)
SELECT %(user_id)s, (SELECT auth.org_id()), %(email)s, role FROM taken
ON CONFLICT (user_id) DO NOTHING
RETURNING role

-- name: sought
-- Where somebody belongs, and where an invitation to their address stands; null: nowhere.
SELECT directory.organization_of_member(%(user_id)s) AS member_of,
    directory.organization_of_invitation(%(email)s) AS invited_to

-- name: open_clinic
-- Of any number of firings at the same instant one makes the row; the others wait for it and make none.
INSERT INTO organizations (id, name, time_zone, languages)
VALUES ((SELECT auth.org_id()), %(name)s, %(time_zone)s, %(languages)s::text[])
ON CONFLICT (id) DO NOTHING

-- name: own_clinic
INSERT INTO members (user_id, org_id, email, role)
VALUES (%(user_id)s, (SELECT auth.org_id()), %(email)s, 'owner')

-- name: first_type
-- Without a kind of visit nothing can be found or booked.
INSERT INTO appointment_types (org_id, name, name_zh, also_called, duration_min)
VALUES ((SELECT auth.org_id()), 'General consultation', '普通门诊',
    '{consultation,general,regular visit,看诊,看病,门诊}', 30)

-- name: note
INSERT INTO audit_log (org_id, action, outcome, patient_id, patient_ids, change)
VALUES ((SELECT auth.org_id()), %(action)s::text, 'done', %(patient_id)s::bigint, %(patient_ids)s::bigint[],
    jsonb_strip_nulls(jsonb_build_object(
        'member', auth.jwt() ->> 'sub', 'of', %(of)s::text, 'role', %(role)s::text)))
