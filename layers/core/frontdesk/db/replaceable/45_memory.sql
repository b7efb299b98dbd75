-- What the desk remembers of earlier calls (frontdesk.calls.memory), as it stands now.

-- What still waits for a patient: `approval`, `offer`, `waitlist`.
DROP FUNCTION IF EXISTS desk.recalled;
DROP FUNCTION IF EXISTS desk.open_for;
CREATE FUNCTION desk.open_for(patient bigint) RETURNS text[]
LANGUAGE sql STABLE AS $$
    SELECT array_remove(ARRAY[
        (SELECT 'approval' FROM public.appointments a
        WHERE a.org_id = (SELECT auth.org_id()) AND a.patient_id = patient AND a.status = 'pending'
            AND a.pending_until > now() LIMIT 1),
        (SELECT CASE w.status WHEN 'offered' THEN 'offer' ELSE 'waitlist' END FROM public.waitlist w
        WHERE w.org_id = (SELECT auth.org_id()) AND w.patient_id = patient
            AND w.status IN ('waiting', 'offered') ORDER BY w.status LIMIT 1)
    ], NULL)
$$;

-- What may be known of a number before anybody has proven who they are, for a caller's number can be forged: no
-- name, time, outcome or id of a patient. Of a number that several patients share, only the language that all of
-- them speak. Null: nothing is remembered.
CREATE FUNCTION desk.recalled(number text) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    WITH here AS (
        SELECT m.* FROM public.caller_memories m
        WHERE m.org_id = (SELECT auth.org_id()) AND m.caller_number = number AND m.expires_at > now()
    ), latest AS (
        SELECT (array_agg(h.language ORDER BY h.updated_at DESC))[1] AS language,
            count(DISTINCT h.language) = 1 AS is_agreed,
            (array_agg(h.provider_id ORDER BY h.updated_at DESC)
                FILTER (WHERE h.provider_id IS NOT NULL))[1] AS provider_id,
            (array_agg(h.preferences ORDER BY h.updated_at DESC)
                FILTER (WHERE h.preferences <> '{}'))[1] AS preferences,
            bool_or(h.promise = 'call_back' OR cardinality(desk.open_for(h.patient_id)) > 0 OR EXISTS (
                SELECT FROM public.communications c
                WHERE c.org_id = (SELECT auth.org_id()) AND c.patient_id = h.patient_id AND c.told_at IS NULL
            )) AS is_open
        FROM here h
        HAVING count(*) > 0
    ), people AS (
        SELECT h.patient_id FROM here h WHERE h.patient_id IS NOT NULL
        UNION
        SELECT p.id FROM public.patients p WHERE p.org_id = (SELECT auth.org_id()) AND p.phone = number
    )
    SELECT jsonb_strip_nulls(CASE WHEN (SELECT count(*) FROM people) > 1
        THEN jsonb_build_object('several', true, 'language', CASE WHEN l.is_agreed THEN l.language END)
        ELSE jsonb_build_object('several', false, 'language', l.language, 'preferences', l.preferences,
            'open', coalesce(l.is_open, false), 'provider', (
                SELECT p.name FROM public.providers p
                WHERE p.org_id = (SELECT auth.org_id()) AND p.id = l.provider_id AND p.is_active))
        END)
    FROM latest l
$$;
