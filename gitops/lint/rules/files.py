"""Files: what stops a push before it begins."""

from typing import Final

from gitops.lint.registry import told

FILE: Final = told(
    "file",
    """
    A file that can't be read as a resource: not UTF-8, not YAML 1.2, no mapping, a `.md` without front
    matter, two files with one id, an assistant without a name.

    Do: Mend the file; a push writes nothing while one can't be read.

    Example:
        name: "booking-en      (the quote is never closed)
    """,
    module=__name__,
)
REFERENCE: Final = told(
    "reference",
    """
    A field that names another resource, such as `toolIds` or `assistantId`, names no file of the tree.

    Do: Name the file, by its path under its kind's folder without the ending.

    Example:
        toolIds: [find_earliest_apointment]
    """,
    module=__name__,
)
DUPLICATE_NAME: Final = told(
    "duplicate-name",
    """
    Two resources of a kind have one name, or two tools one function name. Vapi would take both, and
    neither a person nor a model could tell them apart.

    Do: Give one of them another name.

    Example:
        name: booking-en       (in two files of assistants/)
    """,
    module=__name__,
)
