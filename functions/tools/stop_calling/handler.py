"""Lambda behind the `stop_calling` tool."""

from frontdesk.outbound import records
from frontdesk.serving import Call, serve
from frontdesk.speech import sentences
from frontdesk.tool import ToolArguments
from functions.tools.stop_calling.tool import TOOL, Stopped


@serve(TOOL)
def handler(call: Call[ToolArguments]) -> Stopped:
    """That the clinic calls this number no more."""
    records.stop(call)
    return Stopped(stopped=True, say=sentences.CALLED_NO_MORE.say(call.language))
