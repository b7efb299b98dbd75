-- What somebody has to see to is found at once, however many bookings nobody has ticked off.

CREATE INDEX notifications_wanting ON notifications (org_id, id DESC)
    WHERE read_at IS NULL AND kind NOT IN ('booked', 'moved', 'cancelled', 'waitlisted');
