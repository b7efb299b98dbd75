-- Calls that ended and were never reported are looked for, too; and a message may have nothing but its call's id.

DROP INDEX calls_running;
CREATE INDEX calls_unreported ON calls (last_tool_at)
    WHERE reported_at IS NULL AND NOT flags @> '{no_report}'
        AND coalesce(ended_reason, '') NOT IN ('outside-hours', 'blocked-caller');
CREATE INDEX calls_by_id ON calls (id);
