-- Who may ask, and what.

-- name: role
-- Under the clinic's own claims, so a member of another is nobody here.
SELECT role FROM members WHERE user_id = %(user_id)s
