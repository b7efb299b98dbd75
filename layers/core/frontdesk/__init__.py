"""What the functions share, a package a subject."""

import gc
import os

if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    # Importing makes no garbage, and looking for it is 4 % of a cold start; `serving` turns it on again.
    gc.disable()
