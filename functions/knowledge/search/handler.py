"""Lambda behind `POST /knowledge/search`."""

from frontdesk.endpoint import Parameters
from frontdesk.knowledge import answers, searching
from frontdesk.members.serving import Request, serve
from functions.knowledge.search.endpoint import ENDPOINT, Answered, Passage, Question


@serve(ENDPOINT)
def handler(request: Request[Parameters, Question]) -> Answered:
    """What would be found in a call."""
    asked = request.body
    language = asked.language or ("zh" if searching.is_chinese(asked.question) else "en")
    answered = searching.ask(request.db, asked.question, deadline=request.deadline)
    return Answered(
        found=bool(answers.safe(answered.sure)),
        by=answered.by,
        passages=[Passage.model_validate(one._asdict()) for one in answered.passages],
        say=answers.said(answered, asked.question, language),
    )
