"""rules/ (and an analyst's overlay) -> Rulebook; the only module that knows what rule files look like.

A rule file is TOML: a list of `[[rule]]` tables.  `{field:fragment}` in a pattern inserts a fragment and keeps what it
matched as `field`; `{fragment}` only inserts it.  Fragments come from `fragments.toml`: regular expressions, or word
lists from a CSV file (`list = "units.csv"`), compiled to a trie.  Patterns match the *shadow* of the text: lower case
unless the rule says `case = true`, dashes as "-", tone marks in the old placement, single spaces (see `text.py`).

Examples mark the exact span with one pair of brackets: `finds = [{ text = "đạt [60%]", low = 60 }]`.
"""

from __future__ import annotations

import csv
import hashlib
import io
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import regex

from .errors import RuleError
from .values import VALUES

Row = Mapping[str, str]

SLOT = regex.compile(r"\{(?:(?P<field>[a-z][a-z0-9_]*):)?(?P<name>[a-z_]+)\}")
ANCHORS = ("digit", "capital", "line")
LISTED = "list:"


@dataclass(frozen=True, slots=True)
class Example:
    """A text, the span a rule must find in it (None: nothing), and the values expected."""

    text: str
    span: tuple[int, int] | None
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Rule:
    """One pattern with its name, its anchor, the fields it captures, fixed values (`sets`) and executed examples.

    `source` is the pattern as its file has it, `expanded` with its fragments put in.

    `cased`: matched on the shadow with its capitals; otherwise on the lower-case shadow, where `capital` names fields
    whose first letter must be a capital in the text all the same.
    """

    id: str
    family: str
    order: int
    about: str
    anchor: str | tuple[str, ...]
    source: str
    fields: Mapping[str, str]
    sets: Mapping[str, Any]
    cased: bool
    capital: tuple[str, ...]
    finds: tuple[Example, ...]
    skips: tuple[Example, ...]
    expanded: str

    @cached_property
    def pattern(self) -> regex.Pattern[str]:
        """`expanded`, compiled when first needed: all of them take seconds, and a command that reads a database few.

        Raises RuleError for what is no regular expression.
        """
        try:
            return regex.compile(self.expanded, regex.V1)
        except regex.error as error:
            raise RuleError(f"{self.family}.toml, {self.id}: {error}") from error


@dataclass(frozen=True, slots=True)
class Fragment:
    """A named piece of a pattern.  `value` names the function of VALUES that reads what was captured; of a word list,
    `rows` maps each lower-case surface to its row, and the function reads the row's `column` instead."""

    name: str
    pattern: str
    value: str
    rows: Mapping[str, Row] = field(default_factory=dict)
    column: str = "value"


@dataclass(frozen=True, eq=False)
class Rulebook:
    """All we know, loaded; equal to itself alone, so that what is built from it can be cached.

    rules        family (file stem) -> rules in file order
    tables       CSV stem -> rows
    fingerprint  hash over every rule file, stored with each run
    overlay      the analyst's folder, so that another process can load the same
    """

    rules: Mapping[str, tuple[Rule, ...]]
    tables: Mapping[str, tuple[Row, ...]]
    fragments: Mapping[str, Fragment]
    settings: Mapping[str, Mapping[str, Any]]
    fingerprint: str
    overlay: Path | None = None

    def rule(self, rule_id: str) -> Rule:
        """The rule of that id; RuleError names the nearest known ids."""
        known = {r.id: r for family in self.rules.values() for r in family}
        if rule_id not in known:
            near = [k for k in known if k.split(".")[0] == rule_id.split(".")[0]] or sorted(known)
            raise RuleError(f"no rule {rule_id!r}; known: {', '.join(near[:12])}")
        return known[rule_id]

    def words(self, name: str) -> tuple[str, ...]:
        """A plain word list of settings.toml, as `file.key`."""
        section, key = name.split(".")
        return tuple(self.settings[section][key])

    def kinds(self, use: str) -> frozenset[str]:
        """The kinds of documents, in lower case, of a use that doctypes.csv gives them: "title" (stands alone above a
        title), "enacting" (may be the enacting words besides), "norms" (its numbers are no goals), "report"."""
        return frozenset(row["surface"] for row in self.tables["doctypes"] if use in row["use"].split("|"))

    def value(self, fragment: str, captured: str) -> Any:
        """What a captured text means, by the fragment's VALUES function and, for a word list, the row it stands in."""
        known = self.fragments[fragment]
        row = known.rows.get(captured.lower())
        return VALUES[known.value](row[known.column] if row else captured)


def rules_folder() -> Path:
    """Where the shipped rules lie: inside the wheel as `extractor/rules`, in a checkout beside the package."""
    here = Path(__file__).resolve().parent
    inside = here / "rules"
    return inside if inside.is_dir() else here.parent / "rules"


@lru_cache(maxsize=8)
def load(overlay: Path | None = None) -> Rulebook:
    """The rulebook, with an analyst's folder laid over it: rules and rows of the same id replace, others are added.

    Raises RuleError with file, rule and reason for anything that is not right.
    """
    folders = [rules_folder()] + ([Path(overlay)] if overlay else [])
    for folder in folders:
        if not folder.is_dir():
            raise RuleError(f"{folder}: no such folder of rules")
    digest = hashlib.sha256()
    documents: dict[str, dict[str, Any]] = {}
    tables: dict[str, dict[str, Row]] = {}
    for folder in folders:
        for path in sorted(p for p in folder.iterdir() if p.suffix in (".toml", ".csv")):
            data = path.read_bytes()
            digest.update(path.name.encode() + b"\0" + data)
            if path.suffix == ".toml":
                _lay_over(documents.setdefault(path.stem, {}), _toml(path, data))
            else:
                rows = _table(path, data)
                if folder is not folders[0]:
                    _check_like(path, rows, tables)
                tables.setdefault(path.stem, {}).update(rows)
        if folder is folders[0]:
            shipped, own = set(documents), set(tables)
        elif strange := sorted(set(documents) - shipped):
            raise RuleError(f"{strange[0]}.toml: no such family of rules; known: {', '.join(sorted(shipped))}")
    lists = {name: tuple(table.values()) for name, table in tables.items()}
    used = {str(entry.get("list")) for entry in documents.get("fragments", {}).values()}
    if unused := [f"{name}.csv" for name in tables if name not in own and f"{name}.csv" not in used]:
        known = ", ".join(f"{name}.csv" for name in sorted(own))
        raise RuleError(f"{unused[0]}: no fragment uses such a list; known: {known}")
    fragments = _fragments(documents.pop("fragments", {}), lists)
    settings = documents.pop("settings", {})
    rules = {family: tuple(_rules(family, spec, fragments)) for family, spec in documents.items()}
    _check_unique(rules)
    if overlay:
        _check_patterns(rules)
    return Rulebook(rules, lists, fragments, settings, digest.hexdigest()[:16], overlay)


# Columns whose values are a closed set, which the shipped rows show; several values are joined by "|".
CLOSED = {
    "agencies": ("level",),
    "agency_heads": ("level",),
    "changes": ("value", "measure"),
    "comparators": ("value", "place"),
    "doctypes": ("class", "numbered", "short", "use"),
    "issuers": ("level",),
    "provinces": ("kind",),
    "units": ("class",),
}
UNMATCHED = regex.compile(r"[–—‑−]")  # the shadow has "-" in place of these


def _check_like(path: Path, rows: Mapping[str, Row], tables: Mapping[str, Mapping[str, Row]]) -> None:
    """RuleError for a list of an overlay that is not like the shipped one of its name."""
    known = tables.get(path.stem)
    if not known:
        return
    expected = list(next(iter(known.values())))
    for row in rows.values():
        if list(row) != expected:
            raise RuleError(f"{path.name}: columns are {','.join(row)}; expected {','.join(expected)}")
        for column in CLOSED.get(path.stem, ()):
            allowed = {value for each in known.values() for value in each[column].split("|")}
            for value in set(row[column].split("|")) - allowed:
                raise RuleError(
                    f"{path.name}: {column} is {value!r}; known: {', '.join(sorted(filter(None, allowed)))}"
                )
        for column in ("surface", "surfaces"):
            if UNMATCHED.search(row.get(column, "")):
                raise RuleError(f"{path.name}: {row[column]!r}: texts are matched with - for every dash; write it so")


def trie(words: Iterable[str]) -> str:
    """One regular expression for a list of words, longest first, sharing beginnings: fast where alternation is not."""
    root: dict[str, Any] = {}
    for word in words:
        node = root
        for character in word:
            node = node.setdefault(character, {})
        node[""] = {}
    return _branch(root)


def _branch(node: dict[str, Any]) -> str:
    ends = "" in node
    options: list[str] = []
    for character, child in sorted((k, v) for k, v in node.items() if k):
        tail = character and regex.escape(character)
        while len(child) == 1 and "" not in child:
            ((step, child),) = child.items()
            tail += regex.escape(step)
        rest = "" if list(child) == [""] else _branch(child)
        options.append(tail + rest)
    if not options:
        return ""
    body = options[0] if len(options) == 1 and not ends else "(?:" + "|".join(options) + ")"
    return f"{body}?" if ends else body


def _toml(path: Path, data: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RuleError(f"{path.name}: {error}") from error


def _lay_over(base: dict[str, Any], new: dict[str, Any]) -> None:
    for key, value in new.items():
        if key == "rule":
            ids = {rule.get("id") for rule in value}
            base["rule"] = [rule for rule in base.get("rule", []) if rule.get("id") not in ids] + value
        elif isinstance(value, dict) and isinstance(base.get(key), dict):
            base[key] = {**base[key], **value}
        else:
            base[key] = value


def _table(path: Path, data: bytes) -> dict[str, Row]:
    """Rows of a CSV file by their key: the `id` column where there is one, else the first column."""
    try:
        reader = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))
        names = reader.fieldnames or []
        if not names:
            raise RuleError(f"{path.name}: no header row")
        key = "id" if "id" in names else names[0]
        rows: dict[str, Row] = {}
        for number, row in enumerate(reader, start=2):
            if None in row or None in row.values():
                raise RuleError(f"{path.name}, line {number}: expected {len(names)} cells")
            if row[key] in rows:
                raise RuleError(f"{path.name}, line {number}: {key} {row[key]!r} stands twice")
            rows[row[key]] = row
    except (UnicodeDecodeError, csv.Error) as error:
        raise RuleError(f"{path.name}: {error}") from error
    return rows


def _fragments(spec: dict[str, Any], tables: Mapping[str, tuple[Row, ...]]) -> dict[str, Fragment]:
    out: dict[str, Fragment] = {}
    for name, entry in spec.items():
        if "list" in entry:
            stem = entry["list"].removesuffix(".csv")
            if stem not in tables:
                raise RuleError(
                    f"fragments.toml, {name}: no list {entry['list']!r}; known: {', '.join(sorted(tables))}"
                )
            wanted = entry.get("where", {})
            rows = {
                surface.lower(): row
                for row in tables[stem]
                if all(row.get(key) in value.split("|") for key, value in wanted.items())
                for key in entry.get("keys", ["surface"])
                for surface in row[key].split("|")
                if surface
            }
            pattern = _expand(entry["pattern"], out, f"fragments.toml, {name}")[0] if "pattern" in entry else trie(rows)
            out[name] = Fragment(name, pattern, entry.get("value", "text"), rows, entry.get("column", "value"))
        else:
            pattern, _ = _expand(entry["pattern"], out, f"fragments.toml, {name}")
            default = name if name in VALUES else "text"
            out[name] = Fragment(name, pattern, entry.get("value", default))
        if out[name].value not in VALUES:
            raise RuleError(
                f"fragments.toml, {name}: no value function {out[name].value!r}; known: {', '.join(sorted(VALUES))}"
            )
    return out


def _expand(pattern: str, fragments: Mapping[str, Fragment], where: str) -> tuple[str, dict[str, str]]:
    """The pattern with its fragments put in as text, and field -> fragment name."""
    fields: dict[str, str] = {}

    def put(match: regex.Match[str]) -> str:
        name, slot = match["name"], match["field"]
        if name not in fragments:
            raise RuleError(f"{where}: no fragment {name!r}; known: {', '.join(sorted(fragments))}")
        if slot is None:
            return f"(?:{fragments[name].pattern})"
        if fields.setdefault(slot, name) != name:
            raise RuleError(f"{where}: field {slot!r} is given by two fragments")
        return f"(?P<{slot}>{fragments[name].pattern})"

    return SLOT.sub(put, pattern), fields


def _rules(family: str, spec: dict[str, Any], fragments: Mapping[str, Fragment]) -> Iterable[Rule]:
    for order, entry in enumerate(spec.get("rule", [])):
        where = f"{family}.toml, {entry.get('id', f'rule {order + 1}')}"
        missing = [key for key in ("id", "about", "anchor", "pattern", "finds") if not entry.get(key)]
        if missing:
            raise RuleError(f"{where}: {', '.join(missing)} is missing")
        anchor = entry["anchor"]
        if isinstance(anchor, list):
            anchor = tuple(anchor)
        elif anchor.startswith(LISTED):
            listed = fragments.get(anchor.removeprefix(LISTED))
            if listed is None or not listed.rows:
                raise RuleError(f"{where}: anchor {anchor!r} names no word list")
            anchor = tuple(listed.rows)
        elif anchor not in ANCHORS:
            known = ", ".join(ANCHORS)
            raise RuleError(f"{where}: anchor {anchor!r}; known: {known}, {LISTED}FRAGMENT, or a list of words")
        _check_set(entry.get("set", {}), fragments, where)
        expanded, fields = _expand(entry["pattern"], fragments, where)
        yield Rule(
            id=entry["id"],
            family=family,
            order=order,
            about=entry["about"],
            anchor=anchor,
            source=entry["pattern"],
            fields=fields,
            sets=entry.get("set", {}),
            cased=entry.get("case", False),
            capital=tuple(entry.get("capital", ())),
            finds=tuple(_example(e, where) for e in entry["finds"]),
            skips=tuple(Example(text, None, {}) for text in entry.get("skips", [])),
            expanded=expanded,
        )


def _check_set(values: Mapping[str, Any], fragments: Mapping[str, Fragment], where: str) -> None:
    """RuleError for a fixed value that no stage knows what to do with."""
    for key, fragment in (("op", "comparator"), ("change", "change")):
        allowed = {row["value"] for row in fragments[fragment].rows.values()} if fragment in fragments else set()
        if key in values and allowed and values[key] not in allowed:
            raise RuleError(f"{where}: {key} is {values[key]!r}; known: {', '.join(sorted(allowed))}")
    for key in ("low", "high"):
        if key in values and type(values[key]) not in (int, float):
            raise RuleError(f"{where}: {key} is {values[key]!r}; expected a number")


def _example(entry: str | dict[str, Any], where: str) -> Example:
    values = {} if isinstance(entry, str) else {k: v for k, v in entry.items() if k != "text"}
    marked = entry if isinstance(entry, str) else entry["text"]
    if marked.count("[") != 1 or marked.count("]") != 1:
        raise RuleError(f"{where}: an example marks exactly one span with [ ]: {marked!r}")
    start, end = marked.index("["), marked.index("]") - 1
    return Example(marked.replace("[", "").replace("]", ""), (start, end), values)


def _check_unique(rules: Mapping[str, tuple[Rule, ...]]) -> None:
    seen: dict[str, str] = {}
    for family in rules.values():
        for rule in family:
            if rule.id in seen:
                raise RuleError(f"{rule.family}.toml, {rule.id}: the id stands in {seen[rule.id]}.toml too")
            seen[rule.id] = rule.family


def _check_patterns(rules: Mapping[str, tuple[Rule, ...]]) -> None:
    """RuleError for a pattern that is no regular expression: an analyst is told so at once."""
    all(rule.pattern for family in rules.values() for rule in family)
