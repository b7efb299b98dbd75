"""Visits that the EMR's own people made, for patients whom we know: rows like those of our own."""

from frontdesk.db.transaction import Transaction
from frontdesk.emr.mirror import SQL


def adopt(db: Transaction, patient_id: int | None = None, emr_patient_id: str | None = None) -> int:
    """Gives visits to come a row in `appointments`; how many got one now.

    Of one patient, whose chart `emr_patients` says is that one, or of everybody there. A visit whose time is
    somebody's here, as where the EMR has two at once, gets its row at a later try, when that is over.
    """
    db.run(SQL["link_known"], patient_id=patient_id)
    return db.run(SQL["adopt"], patient_id=patient_id, emr_patient_id=emr_patient_id)
