-- Who may ask, and what.

-- name: role
-- Under the clinic's own claims, so a member of another is nobody here.
SELECT role FROM members WHERE user_id = %(user_id)s

-- name: note
INSERT INTO audit_log (org_id, action, outcome, patient_id, change)
VALUES ((SELECT auth.org_id()), %(action)s::text, 'done', %(patient_id)s::bigint,
    jsonb_strip_nulls(jsonb_build_object('member', auth.jwt() ->> 'sub', 'of', %(of)s::text)))
