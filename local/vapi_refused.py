"""How a stand-in's parts say no."""


class Refused(Exception):
    """Vapi does not do what was asked."""

    def __init__(self, status: int, message: str | list[str], error: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        """A list where the request itself is wrong."""
        self.error = error
        """Vapi's word for it, where it has one of its own."""
