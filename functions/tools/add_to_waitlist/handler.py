"""Lambda behind the `add_to_waitlist` tool."""

from frontdesk.scheduling import waitlist
from frontdesk.serving import Call, serve
from frontdesk.speech import sentences
from functions.tools.add_to_waitlist.tool import TOOL, Arguments, Waitlisted


@serve(TOOL)
def handler(call: Call[Arguments]) -> Waitlisted:
    """The person's place on the list, new or old."""
    asked = call.args
    entry, was_already = waitlist.add(
        call,
        first_name=asked.first_name,
        last_name=asked.last_name,
        phone=asked.phone,
        notes=asked.notes or "",
    )
    sentence = sentences.ALREADY_WAITLISTED if was_already else sentences.WAITLISTED
    return Waitlisted(
        waitlisted=True,
        waitlist_id=entry,
        was_already=was_already,
        say=sentence.say(call.language, name=asked.first_name),
    )
