"""What can be known of a tree without the network: not only schemas, also how its conversations would go.

A rule is one function in a module under `rules/`; docs/lint.md is made from them.
"""

from gitops.lint.checking import check
from gitops.lint.registry import Finding, Severity

__all__ = ["Finding", "Severity", "check"]
