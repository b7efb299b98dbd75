"""Lambda behind `POST /emr/check`."""

from frontdesk.emr import checking
from frontdesk.emr.asking import emr_of
from frontdesk.endpoint import Nothing
from frontdesk.members.serving import Request, routed, serve
from functions.emr.checks.endpoint import CHECK, Checked, Read


@serve(CHECK)
def check(request: Request[Nothing]) -> Checked:
    """Asked just now, by the function that asks for callers too."""
    ours = checking.here(request.db)
    asked = checking.held_against(ours, lambda: emr_of(request.member.org_id), request.deadline)
    return Checked(
        emr=ours.emr,
        product=asked.product,
        readings=[Read(**reading._asdict()) for reading in asked.readings],
        can=checking.told(asked.can),
        wrong=[*asked.wrong, *checking.gone_wrong(ours.known)],
        warnings=asked.warnings,
    )


handler = routed(check)
