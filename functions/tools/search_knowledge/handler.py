"""Lambda behind the `search_knowledge` tool."""

from importlib import import_module

from frontdesk.knowledge import answers, searching
from frontdesk.serving import Call, serve
from functions.tools.search_knowledge.tool import TOOL, Arguments, Known, Passage

# boto3's 400 ms are spent at the start, and not while the first caller waits.
import_module("frontdesk.aws")


@serve(TOOL)
def handler(call: Call[Arguments]) -> Known:
    """What the clinic's documents say of it, if they do."""
    answered = searching.ask(call.db, call.args.question, deadline=call.deadline)
    return Known(
        found=bool(answers.safe(answered.sure)),
        passages=[
            Passage(text=answers.delimited(one), document=answers.plain(one.document), page=one.page)
            for one in answers.safe(answered.passages)
        ],
        say=answers.said(answered, call.args.question, call.language),
    )
