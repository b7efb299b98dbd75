"""Who comes to `console/setup`, and what it calls: what it sets up, and the tools that a rehearsal asks."""

from frontdesk.trigger import Console

TRIGGER = Console(
    routes=(
        "GET /console/setup",
        "GET /console/setup/organization",
        "POST /console/setup/organization",
        "GET /console/setup/providers",
        "POST /console/setup/providers",
        "GET /console/setup/calendar",
        "POST /console/setup/calendar/{vendor}",
        "POST /console/setup/calendar/connections/{id}",
        "GET /console/setup/documents",
        "POST /console/setup/documents",
        "GET /console/setup/agent",
        "POST /console/setup/agent",
        "GET /console/setup/number",
        "POST /console/setup/number",
        "GET /console/setup/rehearsal",
    ),
    uses=(
        "organizations/settings",
        "organizations/phone_numbers",
        "providers/staff",
        "providers/appointment_types",
        "calendars/connections",
        "knowledge/documents",
        "agents/reading",
        "agents/saving",
        "tools/get_clinic_info",
        "tools/search_patient_by_phone",
        "tools/find_earliest_appointment",
        "tools/create_appointment",
        "tools/check_appointments",
    ),
    deadline_s=15.0,  # Vapi is asked whether it has a number
)
