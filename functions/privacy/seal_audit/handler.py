"""Lambda that seals the audit log, clinic by clinic.

Each seal's hash goes to the log of functions too, which the database's owner can't rewrite.
"""

from typing import Any

from frontdesk import rounds
from frontdesk.logs import logger
from frontdesk.privacy import sealing


def handler(event: object, context: Any) -> dict[str, int]:  # noqa: ARG001 - Lambda's signature
    """How many clinics had something to seal, how many rows that were, and how many clinics must wait."""
    done, failed = rounds.of_clinics(context, sealing.clinics, sealing.seal)
    for org_id, seals in done:
        for seal in seals:
            logger.info(
                "audit sealed",
                extra={"org_id": org_id, "batch": seal.batch, "rows": seal.n_rows, "hash": seal.hash.hex()},
            )
    sealed = [seal for _, seals in done for seal in seals]
    told = {
        "clinics": sum(bool(seals) for _, seals in done),
        "rows": sum(seal.n_rows for seal in sealed),
        "failed": failed,
    }
    logger.info("sealed", extra=told)
    return told
