"""What can stop the engine; each message is for the person at the terminal and says what to do."""


class EngineError(Exception):
    """Everything the engine raises on purpose.

    - `tree.TreeWrong`: files that can't be pushed as they are.
    - `tree.NothingNamed`: a word on the command line that stands for no kind and no resource.
    - `state.StateWrong`: the state file can't be read.

    Beside them stands `frontdesk.vapi.api.VapiFailed`: Vapi could not be asked, did not answer, or refused.
    """
