"""Lambda behind `/notifications`."""

from frontdesk.endpoint import Nothing
from frontdesk.members.serving import Request, routed, serve
from frontdesk.notifications import inbox
from functions.notifications.inbox.endpoint import (
    LIST,
    MARK,
    MARK_UP_TO,
    Change,
    Marked,
    Notification,
    One,
    Page,
    UpTo,
    Wanted,
)


@serve(LIST)
def listed(request: Request[Wanted]) -> Page:
    """A page of them."""
    asked = request.parameters
    page = inbox.page(
        request.db, before=asked.cursor, limit=asked.limit, unread=asked.unread, wanting=asked.wanting
    )
    return Page(notifications=[_shown(one) for one in page.notices], next_cursor=page.ends)


@serve(MARK)
def mark(request: Request[One, Change]) -> Notification:
    """One, read or unread from now on."""
    asked, member = request.parameters, request.member.id
    return _shown(inbox.mark(request.db, asked.id, read=request.body.read, member=member))


@serve(MARK_UP_TO)
def mark_up_to(request: Request[Nothing, UpTo]) -> Marked:
    """All up to one, read from now on."""
    return Marked(marked=inbox.mark_up_to(request.db, request.body.up_to, member=request.member.id))


def _shown(notice: inbox.Notice) -> Notification:
    return Notification.model_validate(notice._asdict())


handler = routed(listed, mark, mark_up_to)
