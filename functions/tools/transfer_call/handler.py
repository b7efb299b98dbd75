"""Lambda behind the `transfer_call` tool."""

from frontdesk.calls import transfers
from frontdesk.serving import Call, serve
from frontdesk.vapi import live_control
from functions.tools.transfer_call.tool import TOOL, Arguments, Transferred


@serve(TOOL)
def handler(call: Call[Arguments]) -> Transferred:
    """The call passed on, or why it could not be."""
    came_to = transfers.transfer(call, live_control, call.args.reason, notes=call.args.notes or "")
    return Transferred(
        transferred=came_to.status == "accepted", status=came_to.status, say=came_to.said(call.language)
    )
