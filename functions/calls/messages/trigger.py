"""Who posts to `calls/messages`, and what it may do."""

from frontdesk.trigger import Messages

TRIGGER = Messages(
    path="/vapi/messages",
    sends_to="calls/on_message",
    reads=("entries",),
    writes=("messages",),
    uses_vapi=True,
    embeds=True,
)
