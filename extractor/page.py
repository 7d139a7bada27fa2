"""A document as one HTML page: its text with its records marked in their places, and the records as tables.

The page needs no other file and no network; page.css and page.js are put into it.
"""

from __future__ import annotations

from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import quote

from .display import measured, name_of, number, official_date, period, place, remarks, value
from .messages import language, say
from .model import RECORDS
from .painting import LEVELS, Article, Html, Mark, Painter, Shape
from .safe import clean, line

Row = Mapping[str, Any]

LISTED_TARGETS = 8  # in the card of a row that states many

TABLES: dict[str, tuple[str, ...]] = {
    "targets": ("indicator", "value", "period", "place"),
    "commitments": ("goal", "period"),
    "quantities": ("quantity", "role", "indicator", "period"),
    "deadlines": ("deadline", "use", "action", "period"),
    "agencies": ("agency", "level", "role"),
    "legal_refs": ("reference", "document", "relation"),
}
"""The columns of each class's table: keys of `facts`."""


# --- what is said of a record ---------------------------------------------------------------------------------------


def facts(name: str, r: Row, names: Mapping[str, str]) -> dict[str, str]:
    """What people want to know of a record, by keys of [column] in messages.toml, the most important first; what is
    not known is "".

    names  of bodies, by agency_id
    """
    when = period(r["from"], r["to"]) if "from" in r else ""
    told: dict[str, str | None] = {}
    match name:
        case "targets":
            indicator = " ".join([measured(r) or r["quote"], *remarks(r)])
            told = {"value": value(r), "indicator": indicator, "period": when, "place": r["place"]}
        case "commitments":
            told = {"goal": r["quote"], "period": when}
        case "quantities":
            told = {"quantity": value(r), "role": say(f"quantity_role.{r['role']}"), "indicator": r["indicator"]}
            told |= {"period": when, "place": r["place"]}
        case "deadlines":
            kind = say(f"deadline_kind.{r['kind']}")
            told = {"deadline": r["quote"], "period": when or kind, "kind": kind}
            told |= {"use": say(f"use.{r['use']}"), "action": r["action"]}
        case "agencies":
            role = say(f"agency_role.{r['role']}") if r["role"] else None
            told = {"agency": r["name"], "level": say(f"level.{r['level']}"), "role": role}
        case "legal_refs":
            cited = name_of({**r, "id": ""}) if r["number"] or r["title"] else r["kind"]
            told = {"reference": r["quote"], "document": cited, "title": r["title"], "issuer": r["issuer"]}
            told |= {"pinpoint": r["pinpoint"], "relation": r["relation"]}
    for share in ("lead", "support"):
        told[share] = ", ".join(names.get(body, body) for body in r.get(share, ()))
    told["rule"] = ", ".join(r.get("rules", ())) or r.get("rule")
    told["confidence"] = number(r["confidence"]) if "confidence" in r else None
    return {key: line(said or "", 400) for key, said in told.items()}


def marks(extraction: Row, classes: Sequence[str] = ()) -> list[Mark]:
    """The marks of all records of these classes; of targets the value, with the record's id, and the clause around it,
    one for all targets that share it."""
    names = _names(extraction)
    found: list[Mark] = []
    clauses: dict[tuple[int, int], list[Row]] = defaultdict(list)
    for name, records in _shown(extraction, classes):
        for record in records:
            span = record["start"], record["end"]
            if name == "targets":
                clauses[span].append(record)
                span = record["value_start"], record["value_end"]
            found.append(Mark(*span, mark_css(name), _card(name, record, names), record["id"]))
    for span, stated in clauses.items():
        found.append(Mark(*span, "targets", _clause_card(stated, names)))
    return found


def mark_css(name: str) -> str:
    """How the place of a record is marked: "targets" alone is a target's clause."""
    return "targets value" if name == "targets" else name


def _card(name: str, record: Row, names: Mapping[str, str]) -> str:
    """A line a fact, the class and the first fact above."""
    (_, first), *others = facts(name, record, names).items()
    return "\n".join([f"{say(f'one.{name}')}: {first}", *(f"{_label(key)}: {said}" for key, said in others if said)])


def _clause_card(targets: Sequence[Row], names: Mapping[str, str]) -> str:
    """The card of a clause, or a row, that states these targets."""
    if len(targets) == 1:
        return _card("targets", targets[0], names)
    lines = [f"{say('class.targets')} ({number(len(targets))})"]
    for target in targets[:LISTED_TARGETS]:
        known = facts("targets", target, names)
        figures = ", ".join(known[key] for key in ("value", "period") if known[key])
        lines.append(line(f"{known['indicator']}: {figures}", 160))
    if len(targets) > LISTED_TARGETS:
        lines.append("…")
    return "\n".join(lines)


def _names(extraction: Row) -> dict[str, str]:
    """The name of each body by its agency_id."""
    return {body["agency_id"]: body["name"] for body in extraction["agencies"]}


def _label(key: str) -> str:
    return say(f"column.{key}").capitalize()


def _shown(extraction: Row, classes: Sequence[str]) -> Iterator[tuple[str, list[Row]]]:
    """The records to be shown, by class; where no classes are given all, but numbers of targets once."""
    for name in dict.fromkeys(classes) or RECORDS:
        yield name, [r for r in extraction[name] if classes or r.get("role") != "target"]


# --- the page -------------------------------------------------------------------------------------------------------


def document_page(extraction: Row, classes: Sequence[str] = ()) -> str:
    """The page of an extraction, an object of the contract; `classes`: only records of these."""
    out = Html()
    with out.inside("html", lang=language()):
        head(out, name_of(extraction["document"]))
        with out.inside("body"):
            _title(out, extraction)
            text, pages = extraction["text"], extraction["pages"]
            painter = Painter(out, text, marks(extraction, classes))
            article = Article(out, painter, extraction["blocks"], pages)
            with out.inside("nav"):
                _legend(out, extraction, classes)
                _outline(out, article.shapes)
            with out.inside("main"):
                with out.inside("article", lang="vi", id="text", class_="paged" if len(pages) > 1 else None):
                    article.write()
                _tables(out, extraction, classes)
    return out.written()


def head(out: Html, title: str) -> None:
    """The head of a page: its title, style and script, and that a browser is to load and run nothing else."""
    script = _file("page.js")
    allowed = b64encode(sha256(clean(script).encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{allowed}'"
    with out.inside("head"):
        out.element("meta", charset="utf-8")
        out.element("meta", http_equiv="Content-Security-Policy", content=policy)
        out.element("meta", name="viewport", content="width=device-width, initial-scale=1")
        out.element("title", title)
        out.element("style", _file("page.css"))
        out.element("script", script)


def _file(name: str) -> str:
    return Path(__file__).with_name(name).read_text("utf-8")


def _title(out: Html, extraction: Row) -> None:
    """What the document is, and what could not be read of it."""
    document = extraction["document"]
    with out.inside("header"):
        out.element("p", line(" ".join(document[key] for key in ("kind", "number") if document[key])), lang="vi")
        out.element("h1", line(document["title"] or name_of(document)), lang="vi")
        told = {
            "issuer": document["issuer"],
            "province": document["province"],
            "issued_on": document["issued_on"] and official_date(document["issued_on"]),
            "period": period(document["from"], document["to"]),
            "source": ", ".join(PurePath(source["path"]).name for source in extraction["sources"]),
        }
        with out.inside("dl"):
            for key, said in told.items():
                if said:
                    with out.inside("div"):
                        out.element("dt", _label(key))
                        out.element("dd", line(said))
        if extraction["problems"]:
            with out.inside("section", class_="problems"):
                out.element("h2", f"{say('class.problems')} ({number(len(extraction['problems']))})")
                with out.inside("ul"):
                    for problem in extraction["problems"]:
                        out.element("li", line(f"{problem['where']}: {problem['what']}"))


def _legend(out: Html, extraction: Row, classes: Sequence[str]) -> None:
    """The classes with their looks and counts; each can be switched off, and leads to its table."""
    with out.inside("section", class_="legend"):
        out.element("h2", say("page.legend"))
        with out.inside("ul"):
            for name, records in _shown(extraction, classes):
                with out.inside("li"):
                    with out.inside("label"):
                        out.element("input", type="checkbox", checked="", id=f"show-{name}")
                        out.element("mark", say(f"class.{name}"), class_=mark_css(name))
                    if records:
                        out.element("a", number(len(records)), href=f"#{name}")
                    else:
                        out.element("span", "0")


def _outline(out: Html, shaped: Mapping[int, Shape]) -> None:
    entries = {block: shape for block, shape in shaped.items() if shape.entry}
    if not entries:
        return
    with out.inside("details", class_="outline", open=""):
        out.element("summary", say("page.outline"))
        with out.inside("ul", lang="vi"):
            for block, shape in entries.items():
                with out.inside("li", class_=f"depth{min(shape.depth, LEVELS)}"):
                    out.element("a", shape.entry, href=f"#b{block}")


def _tables(out: Html, extraction: Row, classes: Sequence[str]) -> None:
    """A table of each class of records, each row with a link to its place."""
    names = _names(extraction)
    paths = {block["block"]: block["path"] for block in extraction["blocks"]}
    paged = len(extraction["pages"]) > 1
    for name, records in _shown(extraction, classes):
        if not records:
            continue
        with out.inside("details", class_="records", id=name, open="" if name == "targets" else None):
            with out.inside("summary"), out.inside("h2"):
                out.text(f"{say(f'class.{name}')} ({number(len(records))})")
            with out.inside("div", class_="wide"), out.inside("table"):
                with out.inside("thead"), out.inside("tr"):
                    for key in (*TABLES[name], "where"):
                        out.element("th", _label(key), scope="col")
                for record in records:
                    known = facts(name, record, names)
                    with out.inside("tr"):
                        for key in TABLES[name]:
                            out.element("td", known[key], class_=key)
                        with out.inside("td", class_="where"):
                            where = place(paths.get(record["block"]), record["page"] if paged else None)
                            out.element("a", where or say("page.go"), href=f"#{quote(record['id'])}")
                    out.text("\n")
