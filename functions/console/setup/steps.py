"""What is to be set up, in order, and how much of it is there already: read from the clinic's rows."""

from typing import Final, NamedTuple

from frontdesk.call import between_calls
from frontdesk.console.visit import Visit
from frontdesk.console.words import _
from frontdesk.scheduling import desks
from functions.agents.reading.handler import everybody as agents
from functions.calendars.connections.handler import listing as calendars
from functions.knowledge.documents.handler import listing as documents
from functions.organizations.phone_numbers.handler import listing as numbers

PATH: Final = "/console/setup"


class Step(NamedTuple):
    """One page of the line."""

    name: str
    title: str
    why: str
    """What callers will notice."""
    can_wait: bool = False

    @property
    def path(self) -> str:
        """Where it is."""
        return f"{PATH}/{self.name}"


STEPS: Final = (
    Step(
        "organization",
        _("Your clinic"),
        _("Callers are greeted with its name, and told where it is and what time it is there."),
    ),
    Step(
        "providers",
        _("Hours"),
        _("Callers are offered times within these hours, and no others."),
    ),
    Step(
        "calendar",
        _("Calendar"),
        _("What is in a provider's own calendar isn't offered, and what callers book appears in it."),
        can_wait=True,
    ),
    Step(
        "documents",
        _("Documents"),
        _("Callers who ask about fees, parking or preparation are answered from your own words."),
        can_wait=True,
    ),
    Step(
        "agent",
        _("Agent"),
        _("This is who picks up: the languages it speaks, and how it sounds."),
    ),
    Step(
        "number",
        _("Number"),
        _("Who dials this number reaches your desk."),
        can_wait=True,
    ),
    Step(
        "rehearsal",
        _("First call"),
        _("Hear what a caller hears, before anybody calls."),
        can_wait=True,
    ),
)


class Progress(NamedTuple):
    """How far the clinic has come."""

    done: frozenset[str]
    """Names of steps."""
    at: Step
    """What this page is about."""

    @property
    def steps(self) -> tuple[Step, ...]:
        """All of them."""
        return STEPS

    @property
    def following(self) -> Step:
        """The step after this page's."""
        return STEPS[min(STEPS.index(self.at) + 1, len(STEPS) - 1)]

    @property
    def first_open(self) -> Step:
        """Where to go on: what isn't there yet, and is needed before what can wait."""
        to_do = [step for step in STEPS if step.name not in self.done]
        return next((step for step in to_do if not step.can_wait), to_do[-1])


def progress(visit: Visit, at: str) -> Progress:
    """As it is now, at the step of that name."""
    call = between_calls(visit.db)
    desk = desks.of_clinic(call)
    is_done = {
        "organization": bool(call.clinic.address),
        "providers": bool(call.clinic.emr or (desk.types and any(desk.shifts.values()))),
        "calendar": bool(visit.ask(calendars).connections),
        "documents": bool(visit.ask(documents).documents),
        "agent": bool(visit.ask(agents).agents),
        "number": any(one.status == "attached" for one in visit.ask(numbers).phone_numbers),
    }
    return Progress(
        frozenset(name for name, done in is_done.items() if done), next(s for s in STEPS if s.name == at)
    )
