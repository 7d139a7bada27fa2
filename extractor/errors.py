"""What can go wrong, as few kinds as a caller can tell apart.

    MuctieuError
    ├── UnreadableFile   a file that cannot be read at all; it fails alone, the batch goes on
    ├── RuleError        a rule file that is not right: file, rule, reason, and the known names
    └── StoreError       a database that cannot be opened or written: path and reason
        └── StoreBusy    one that another process writes to

A fault *inside* a document that could be read is not an exception but a `model.Problem`.
"""

from __future__ import annotations


class MuctieuError(Exception):
    """Base of all errors raised on purpose; `str(error)` is one line fit for a user."""


class UnreadableFile(MuctieuError):
    """A file that yields no text: `path` as given, `reason` a short English phrase."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class RuleError(MuctieuError):
    """A fault in `rules/`: names the file, the rule where there is one, and what is wrong."""


class StoreError(MuctieuError):
    """A database that cannot be opened, migrated or written."""


class StoreBusy(StoreError):
    """A database that another process has held longer than was to be waited."""
