"""What can stop the stack on one machine; each message is one line for the person at the terminal."""


class LocalError(Exception):
    """Everything `local` raises on purpose."""


class InUse(LocalError):
    """Another live process has this directory."""


class PostgresFailed(LocalError):
    """The server did not start; the message ends with the last thing it said."""


class ChildFailed(LocalError):
    """One of the stack's servers did not start."""


class EmulatorFailed(LocalError):
    """AWS's emulator could not be fetched, filled or started."""


class NotRunning(LocalError):
    """No stack runs on this directory."""


class ScriptWrong(LocalError):
    """A scripted call can't be read or played."""
