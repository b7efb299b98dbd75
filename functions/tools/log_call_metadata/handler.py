"""Lambda behind the `log_call_metadata` tool."""

from frontdesk.calls import outcomes
from frontdesk.serving import Call, serve
from frontdesk.speech import sentences
from functions.tools.log_call_metadata.tool import TOOL, Arguments, Logged


@serve(TOOL)
def handler(call: Call[Arguments]) -> Logged:
    """The call's outcome; the last one told stands."""
    asked = call.args
    outcomes.log(call, asked.call_outcome, named=asked.demographic_id, appointment_id=asked.appointment_id)
    return Logged(logged=True, say=sentences.LOGGED.say(call.language))
