"""Lambda behind `POST /knowledge/search`."""

from frontdesk.call import between_calls
from frontdesk.endpoint import Parameters
from frontdesk.knowledge import answers, searching
from frontdesk.members.serving import Request, serve
from functions.knowledge.search.endpoint import ENDPOINT, Answered, Passage, Question


@serve(ENDPOINT)
def handler(request: Request[Parameters, Question]) -> Answered:
    """What would be found in a call."""
    asked = request.body
    language = asked.language or between_calls(request.db).language
    found, by = searching.ask(request.db, asked.question, deadline=request.deadline)
    return Answered(
        found=bool(found),
        by=by,
        passages=[Passage.model_validate(one._asdict()) for one in found],
        say=answers.said(found, asked.question, language),
    )
