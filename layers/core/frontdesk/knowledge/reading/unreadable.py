"""Why a file can't be read, as a code, and as a sentence for the clinic's admin."""

from typing import Any, Final

REASONS: Final = {
    "empty": "The file is empty.",
    "too_large": "The file is too large: {size} MB, and at most {most} MB are read. "
    "Split it, or leave out pictures.",
    "too_many_pages": "It has {pages:,} pages; at most {most:,} are read. Split it into several files.",
    "too_long": "It has more text than can be searched well. Upload only what callers ask about.",
    "too_complex": "As it is built, it takes too much to read. Print it as a new PDF, and upload that.",
    "too_slow": "Reading it took too long. Save or print it as a new PDF, or split it, and upload that.",
    "encrypted": "It is protected by a password. Save it without one, and upload that.",
    "damaged": "It is damaged: it ends too early, or isn't what it seems. Save it anew, and upload that.",
    "wrong_type": "Its content is {found}, which can't be read. "
    "Upload a PDF, a Word document (.docx), text, Markdown, HTML or CSV.",
    "unknown_type": "It is no kind of document that can be read. "
    "Upload a PDF, a Word document (.docx), text, Markdown, HTML or CSV.",
    "no_text": "There is no text in it. If it has pictures of text, upload the document "
    "they were made from, or a scan with text recognition.",
}
"""By code; the fields of `Unreadable.details` stand in braces."""


class Unreadable(Exception):
    """The file won't be read, now or later; nothing of its content is in here."""

    def __init__(self, reason: str, **details: Any) -> None:
        """Keeps one of `REASONS`, and what its sentence says besides."""
        self.reason = reason
        self.details = details
        super().__init__(reason)

    @property
    def sentence(self) -> str:
        """For a clinic's admin: what is so, and what to do."""
        return REASONS[self.reason].format(**self.details)
