-- A visit with the names it is spoken of by. `security_invoker`: whoever reads the view stands before the walls.

CREATE OR REPLACE VIEW visits WITH (security_invoker = true) AS
SELECT a.org_id, a.id, a.provider_id, p.name AS provider_name, p.name_zh AS provider_name_zh, a.patient_id,
    a.type_id, t.name AS type_name, t.name_zh AS type_name_zh, l.name AS location_name,
    l.name_zh AS location_name_zh, 
    -- A request that nobody answered in time is over, swept or not.
    CASE WHEN a.status = 'pending' AND a.pending_until <= now() THEN 'cancelled' ELSE a.status END AS status,
    a.visit_start AS starts_at, upper(a.visit) AS ends_at, a.is_virtual, a.call_id
FROM appointments a
JOIN providers p ON p.org_id = a.org_id AND p.id = a.provider_id
JOIN appointment_types t ON t.org_id = a.org_id AND t.id = a.type_id
LEFT JOIN locations l ON l.org_id = a.org_id AND l.id = a.location_id
WHERE a.status <> 'held';
