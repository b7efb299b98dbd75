-- name: note
INSERT INTO notifications (org_id, kind, call_id, patient_id, appointment_id, of)
VALUES ((SELECT auth.org_id()), %(kind)s::text, %(call_id)s::text, %(patient_id)s::bigint,
    %(appointment_id)s::bigint, %(of)s::text)
ON CONFLICT (org_id, kind, coalesce(call_id, ''), coalesce(appointment_id, 0), of) WHERE call_id IS NOT NULL
DO NOTHING
