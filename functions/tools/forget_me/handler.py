"""Lambda behind the `forget_me` tool."""

from frontdesk.calls import memory
from frontdesk.serving import Call, serve
from frontdesk.speech import sentences
from functions.tools.forget_me.tool import TOOL, Arguments, Forgotten


@serve(TOOL)
def handler(call: Call[Arguments]) -> Forgotten:
    """Whose memory is gone, and what stays."""
    memory.forget(call, from_now_on=call.args.from_now_on)
    is_proven = call.proven_patient_id is not None
    said = [(sentences.FORGOTTEN if is_proven else sentences.FORGOTTEN_UNPROVEN).say(call.language)]
    if call.args.from_now_on:
        said.append(sentences.NOT_REMEMBERED.say(call.language))
    joint = "" if call.language == "zh" else " "
    return Forgotten(forgotten=True, proven=is_proven, say=joint.join(said))
