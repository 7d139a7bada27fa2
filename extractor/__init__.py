"""Vietnamese policy documents -> targets, deadlines, agencies and legal references, each with its place in the text.

    from extractor import extract, extract_text, Store

    found = extract("plan.docx")                 # an Extraction; raises UnreadableFile
    found.targets[0].indicator, found.targets[0].low, found.targets[0].to
    found.to_dict()                              # the JSON object of the output contract
    frame(found, "targets")                      # a pandas DataFrame

    with Store("demo.db", read_only=True) as store:
        comparison(store, words="kỹ năng số", year=2030)  # a DataFrame: who sets what, beside the national goals

This is the face of the package and no module inside imports it.  Names are loaded when first used, so that
`import extractor` (and `muctieu --help`) stays light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas

    from .errors import MuctieuError, RuleError, StoreError, UnreadableFile
    from .model import Agency, Commitment, Deadline, Document, Extraction, LegalRef, Problem, Quantity, Target
    from .pipeline import extract, extract_text
    from .rulebook import Rulebook
    from .rulebook import load as load_rules
    from .store import Store

__all__ = [
    "Agency",
    "Commitment",
    "Deadline",
    "Document",
    "Extraction",
    "LegalRef",
    "MuctieuError",
    "Problem",
    "Quantity",
    "RuleError",
    "Rulebook",
    "Store",
    "StoreError",
    "Target",
    "UnreadableFile",
    "__version__",
    "comparison",
    "extract",
    "extract_text",
    "frame",
    "load_rules",
]

_HOMES = {
    "errors": ("MuctieuError", "RuleError", "StoreError", "UnreadableFile"),
    "model": (
        "Agency", "Commitment", "Deadline", "Document", "Extraction", "LegalRef", "Problem", "Quantity", "Target",
    ),
    "pipeline": ("extract", "extract_text"),
    "rulebook": ("Rulebook",),
    "store": ("Store",),
}  # fmt: skip
_HOME = {name: home for home, names in _HOMES.items() for name in names}


def frame(extraction: Extraction, table: str = "targets") -> pandas.DataFrame:
    """One table of an extraction as a DataFrame: a row a record, the contract's keys as columns, also when empty.

    `table` is one of model.TABLES ("targets", "deadlines", "blocks", ...); KeyError for any other name.
    """
    import pandas

    from .export import columns_of
    from .model import TABLES, as_dict

    if table not in TABLES:
        raise KeyError(f"no table {table!r}; known: {', '.join(TABLES)}")
    return pandas.DataFrame([as_dict(item) for item in getattr(extraction, table)], columns=list(columns_of(table)))


def comparison(store: Store, *, book: Rulebook | None = None, **question: Any) -> pandas.DataFrame:
    """The targets of provinces beside the national ones, a row a value or empty cell, with compare.RECORD as columns.

    `question` are the fields of compare.Question.  Raises MuctieuError as compare.compare does.
    """
    import pandas

    from .compare import RECORD, Question, compare, records
    from .display import name_of, value
    from .rulebook import load

    own = book or load()
    found = compare(store, own, Question(**question))
    return pandas.DataFrame(list(records(found, own, value, name_of)), columns=list(RECORD))


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("muctieu")
    if name == "load_rules":
        return import_module(".rulebook", __name__).load
    if name in _HOME:
        return getattr(import_module(f".{_HOME[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
