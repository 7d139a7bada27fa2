"""Mentions -> identities: the document itself, provinces valid on its date, agencies, ids.

An agency's id is "place/body": "VN/bo-y-te", "VN-24@2025/so-y-te".  The place is the province as it was on the
document's date (rules/provinces.csv), so that bodies of one name before and after a merger stay apart.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import regex

from . import places
from .fulltext import plain
from .mentions import Mention, finder, matches
from .model import Document
from .rulebook import Row, Rulebook
from .scan import Unit
from .structure import EDGE, Outline, lines_by_kind
from .text import Shade, shade

NATION = "VN"
WORDS = regex.compile(r"\w+")
PLACEHOLDER = regex.compile(r"\{(\w+)\}")
ABBREVIATED = regex.compile(r"\p{Lu}[\p{Lu}&.]|\p{L}\.")  # or a heading in capitals
SPACES = regex.compile(r"\s+")
DONE_REACH = 60  # characters between a year and the words that tell it as done
BARE_YEARS = ("time.year", "time.month")
YEAR_IN_NUMBER = regex.compile(r"(?<=\d/)(?:19|20)\d\d(?=/)")  # decree 34/2016/NĐ-CP: lays down rules
SIGNER = regex.compile(r"(?:^|(?:\p{Lu}{2,}|\)) )(\p{Lu}\p{Ll}+(?: \p{Lu}\p{Ll}*){1,4})$")
CAPITALS = regex.compile(r"(?: \p{Lu}+){1,4}(?!\p{L})")
DATELINE = 60  # characters of a line that is little more than a day
NEWS_HEAD = 700  # characters in which a news article says what it is about


@dataclass(frozen=True, slots=True)
class Context:
    """What every stage above needs of the document: its identity, its year, and the place bare names belong to."""

    document: Document
    year: int | None  # the year the text speaks in: of issue, else of the latest day it cites
    province: Row | None
    normative: bool  # lays down rules, of which the numbers are norms
    plans: bool  # sets out what is to be done by its kind or title
    issuer_level: str | None = None

    @property
    def is_news(self) -> bool:
        return self.document.source_kind == "news"


def slug(text: str) -> str:
    """ASCII letters and digits of a text, joined by "-": "Sở Y tế" -> "so-y-te"."""
    return "-".join(regex.findall(r"[a-z0-9]+", plain(text)))


def record_id(document_id: str, table: str, quote: str, occurrence: int) -> str:
    """A record's id: a hash of document, class, quote with white space folded, and its occurrence; never of offsets."""
    key = "\x1f".join((document_id, table, SPACES.sub(" ", quote), str(occurrence)))
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:16]


class Ids:
    """Record ids and page numbers of one document."""

    def __init__(self, document_id: str, page_starts: tuple[int, ...]) -> None:
        self.document_id = document_id
        self._pages = page_starts
        self._seen: Counter[tuple[str, str]] = Counter()

    def next(self, table: str, quote: str) -> str:
        """The id of the next record of a table with that quote."""
        key = (table, SPACES.sub(" ", quote))
        self._seen[key] += 1
        return record_id(self.document_id, table, key[1], self._seen[key])

    def page(self, offset: int) -> int:
        """The page on which an offset lies, from 1."""
        return max(1, bisect_right(self._pages, offset))


# --- the document ---------------------------------------------------------------------------------------------------


def context(shaded: Shade, outline: Outline, units: dict[int, Unit], book: Rulebook) -> Context:
    """The document's identity from its own header, and what inherits from it."""
    head = outline.head
    number = clean_number(head.number.get("number")) if head.number else None
    dated = head.dated.get("date") if head.dated else None
    kind = _kind(shaded, outline, number, book)
    parent = None  # the number of the document to which an annex posted alone belongs
    if head.note:
        parent, dated = _parent(shaded, head.note, book)
    if head.official and dated is None:
        adopted = _own_words("adopted", kind, shaded, book)
        dated = adopted.get("date") if adopted else None
    numbered = YEAR_IN_NUMBER.search(number or parent or "")
    stated = dated or (numbered[0] if numbered else None)
    year = int(stated[:4]) if stated else _year_spoken_in(shaded, units, head.official, book)
    issuer, level, place = _issuer(shaded, outline, units, number or parent, book)
    title_place = _title_place(shaded, outline, book)
    if place is None and (level in (None, "province") or title_place):
        issued_in = head.dated.get("place") if head.dated and level != "central" else None
        place = (_known_province(issued_in, book) if issued_in else None) or title_place
    if not head.official:
        place = _news_place(shaded, outline, book)
        dated = _news_day(outline, units)
        year = int(dated[:4]) if dated else year
    if head.official and level == "province" and place is None:
        place = _commonest(provinces(shaded, 0, len(shaded.text), book))
    on = dated or (f"{year}-07-01" if year else None)
    province = places.known(place, on, book) if place else None
    if issuer and level == "province" and province and slug(province["name"]) not in slug(issuer):
        issuer = _with_place(issuer, province, book)
    title = _title(shaded, outline)
    period = _title_period(shaded, outline, book)
    effective = _effective(shaded, kind, dated, book) if head.official else (None, None)
    document = Document(
        id="",
        kind=kind if head.official else book.settings["document"]["news_kind"],
        number=number,
        title=title,
        source_kind="official" if head.official else "news",
        issuer=issuer if head.official else None,
        province=province["name"] if province else None,
        province_code=province["code"] if province else None,
        issued_on=dated,
        effective_on=effective[0],
        effective_why=effective[1],
        signer=_signer(shaded, outline),
        from_=period[0],
        to=period[1],
    )
    told = " ".join(word for word in (kind, title, *(part.kind for part in outline.parts)) if word).lower()
    plans = any(word in told for word in book.words("document.plan_words"))
    rules = any(word in told for word in book.words("document.normative_words"))
    normative = (kind or "").lower() in book.kinds("norms") or ((numbered is not None or rules) and not plans)
    return Context(document, year, province, normative, plans, level)


def _own_words(line: str, kind: str | None, shaded: Shade, book: Rulebook) -> Mention | None:
    """The last of a document's words on itself, "Luật này …"; a consolidated text keeps those of another kind."""
    rule = lines_by_kind(book)[line]
    if not any(word in shaded.lower for word in rule.anchor):
        return None
    own = [m for m in matches(rule, book, shaded, 0, len(shaded.text)) if kind and m.get("kind") == kind]
    return own[-1] if own else None


def _effective(shaded: Shade, kind: str | None, issued: str | None, book: Rulebook) -> tuple[str | None, str | None]:
    """(the day from which the document is in force, how that is known) where it states no day of its own."""
    if issued is None:
        return None, None
    delay = _own_words("delay", kind, shaded, book)
    if delay is None:
        return issued, "issue date"
    return str(date.fromisoformat(issued) + timedelta(days=delay.get("count"))), "stated"


def document_id(issuer_id: str, number: str, year: str | None) -> str:
    """A document's identity, of its own header or of a citation: issuer, number and year of issue."""
    return f"{issuer_id}/{slug(number)}" + (f":{year}" if year else "")


def clean_number(number: str) -> str:
    """A document number without the spaces and doubled marks of bad typing: "10- CTr/TU" -> "10-CTr/TU"."""
    return regex.sub(r"\s*([/.-])[/-]*\s*", r"\1", number.strip())


def _kind(shaded: Shade, outline: Outline, number: str | None, book: Rulebook) -> str | None:
    """The kind that stands above the title, else the one the number tells; a letter has neither, only a subject."""
    if outline.head.kind:
        start, end = outline.head.kind
        return str(book.value("doctype", shaded.lower[start:end].strip(EDGE + "|"))).capitalize()
    if outline.head.note:
        return str(book.settings["document"]["annex_kind"])
    letter = book.settings["document"]["letter_kind"] if outline.head.title else None
    return symbol_kind(number or "", book) or letter


def _parent(shaded: Shade, note: tuple[int, int], book: Rulebook) -> tuple[str | None, str | None]:
    """(number, day of issue) of the document that a note names: "(Kèm theo Nghị định số 30/2020/NĐ-CP ngày …)"."""
    named = shade(SPACES.sub(" ", shaded.text[slice(*note)]), book)
    cited = finder(book, "references").find(named, 0, len(named.text))
    number = next((m.get("number") for m in cited if m.get("number")), None)
    days = (m.get("day") for m in finder(book, "deadlines").find(named, 0, len(named.text)) if m.get("kind") == "date")
    return clean_number(number) if number else None, next((str(d) for d in days if str(d)[:1].isdigit()), None)


def symbol_kind(number: str, book: Rulebook) -> str | None:
    """The kind a number's symbol tells: "112/QĐ-TTg" -> Quyết định; None where it tells none."""
    rows = book.fragments["symbol_kind"].rows
    return next((rows[token.lower()]["value"] for token in WORDS.findall(number) if token.lower() in rows), None)


def symbol_issuer(number: str | None, book: Rulebook) -> Row | None:
    """The issuer a number's symbol tells: "112/QĐ-TTg" -> Thủ tướng Chính phủ; None where it tells none."""
    for token in reversed(regex.split(r"[/\-.\s]+", number or "")):
        row = book.fragments["symbol_issuer"].rows.get(token.lower())
        row = row or book.fragments["symbol_issuer"].rows.get(token.lower().rstrip("0123456789"))
        if row:
            return row
    return None


def _issuer(
    shaded: Shade, outline: Outline, units: dict[int, Unit], number: str | None, book: Rulebook
) -> tuple[str | None, str | None, str | None]:  # fmt: skip
    """(issuer, level, province stated) from the header's lines, the number's symbol, or who enacts in the preamble."""
    symbol = symbol_issuer(number, book)
    found = _header_agencies(shaded, outline, book)
    if symbol and symbol["level"] == "central":
        named = any(slug(symbol["value"]) in slug(name) for name, _, _ in found)
        if named or not any(level == "province" for _, level, _ in found):
            return symbol["value"], "central", None
    if found:
        committees = [f for f in found if f[2]] or found
        own = committees[0]
        for candidate in found:  # below a superior body stands the issuing one
            if symbol and slug(symbol["value"]) in slug(candidate[0]):
                own = candidate
                break
        place = own[2] or next((f[2] for f in found if f[2]), None)
        return _board(symbol, found, book) or own[0], own[1], place
    if symbol:
        return symbol["value"], symbol["level"], None
    for block in outline.blocks:
        if block.kind != "preamble":
            continue
        cited = tuple(f"{word} " for word in book.words("references.of"))
        for mention in units[block.block].agencies:
            if shaded.lower.endswith(cited, 0, mention.start):
                continue
            if shaded.lower.startswith(tuple(f" {w}" for w in book.words("document.enacts")), mention.end):
                name, level, place = agency_name(mention, shaded, book)
                return name, level, place
    return None, None, None


def _board(symbol: Row | None, found: list[tuple[str, str | None, str | None]], book: Rulebook) -> str | None:
    """The name of a board of a provincial Party committee, which heads name in two lines: the number's symbol tells
    the board, "BTGTU", the head whose it is."""
    committees = book.words("document.party_committees")
    value = symbol["value"] if symbol else ""
    tail = next((word for word in committees if value.lower().endswith(f" {word}")), None)
    above = next((name for name, _, _ in found if name.lower().startswith(committees)), None)
    return value[: -len(tail)] + above if tail and above else None


def _header_agencies(shaded: Shade, outline: Outline, book: Rulebook) -> list[tuple[str, str | None, str | None]]:
    """Bodies named in the head and just below the title, its cells read column by column."""
    columns: dict[int, list[str]] = {}
    for block in outline.blocks:
        if block.kind == "preamble" and _is_basis(shaded, block.start, block.end, book):
            break
        if block.part or block.kind not in ("header", "preamble") or block.end - block.start > 400:
            continue
        for column, cell in enumerate(c for c in shaded.text[block.start : block.end].split("|") if c.strip()):
            columns.setdefault(column, []).append(cell.strip(EDGE + "|"))
    joined, lines = (" \n ".join(gap.join(cells) for _, cells in sorted(columns.items())) for gap in " \n")
    head = shade(joined.upper(), book)  # headers of old texts are typed without capitals
    found = []
    for mention in finder(book, "agencies").find(head, 0, len(joined)):
        name, level, place = agency_name(mention, head, book)
        behind = CAPITALS.match(lines, mention.end)
        if behind and place is None and name.lower().endswith(book.words("document.local_levels")):
            name += behind[0].title()
        found.append((name, level, place))
    return found


def _is_basis(shaded: Shade, start: int, end: int, book: Rulebook) -> bool:
    return lines_by_kind(book)["preamble"].pattern.match(shaded.lower, start, end) is not None


def _title_place(shaded: Shade, outline: Outline, book: Rulebook) -> str | None:
    """The last province that a title names."""
    for block in outline.blocks:
        if block.kind == "title" and (named := provinces(shaded, block.start, block.end, book)):
            return named[-1]
    return None


def _known_province(stated: str, book: Rulebook) -> str | None:
    rows = book.fragments["province"].rows
    words = stated.lower().split()
    for at in range(len(words)):
        row = rows.get(" ".join(words[at:]))
        if row:
            return row["name"]
    return None


def _news_place(shaded: Shade, outline: Outline, book: Rulebook) -> str | None:
    """The one province a news article is about: named first and oftenest; None where several share it."""
    named = provinces(shaded, 0, len(shaded.text), book)
    name = _commonest(named)
    title = next((b for b in outline.blocks if b.kind == "title"), None)
    titled = title is not None and name in provinces(shaded, title.start, title.end, book)
    early = name in provinces(shaded, 0, NEWS_HEAD, book)
    return name if titled or (early and named.count(str(name)) >= 4) else None


def _commonest(named: list[str]) -> str | None:
    """The name met at least twice and more than half of the time; None where there is none."""
    if not named:
        return None
    name, often = Counter(named).most_common(1)[0]
    return name if often >= 2 and often >= 0.6 * len(named) else None


@lru_cache(maxsize=8)
def _province_pattern(book: Rulebook) -> regex.Pattern[str]:
    return regex.compile(rf"(?<!\p{{L}})(?:{book.fragments['province'].pattern})(?!\p{{L}})")


def provinces(shaded: Shade, start: int, end: int, book: Rulebook) -> list[str]:
    """Names of the provinces named in a stretch of text, in order."""
    rows = book.fragments["province"].rows
    found = _province_pattern(book).finditer(shaded.lower, start, end)
    kinds = book.words("document.province_ends")
    return [
        rows[m[0]]["name"]
        for m in found
        if shaded.text[m.start()].isupper() or f" {shaded.lower[start : m.start()]}".rstrip().endswith(kinds)
    ]


def _news_day(outline: Outline, units: dict[int, Unit]) -> str | None:
    """The dateline of a news article: a day that stands nearly alone on one of its first lines."""
    for block in outline.blocks[:6]:
        unit = units.get(block.block)
        if unit is None or unit.end - unit.start >= DATELINE:
            continue
        for mention in unit.times:
            if mention.get("kind") == "date" and str(mention.get("day"))[:1].isdigit():
                return str(mention.get("day"))
    return None


def _year_spoken_in(shaded: Shade, units: dict[int, Unit], official: bool, book: Rulebook) -> int | None:
    """The latest year of a day that the text cites; in a news article also of what it tells as done."""
    told = finder(book, "uses")
    years: list[int] = []
    spoken: list[int] = []  # years merely spoken of, where nothing is told as done
    for unit in units.values():
        days = [m.get("date") or m.get("day") for m in (*unit.references, *unit.times)]
        days += [m.get("year") for m in unit.references]
        years += [int(str(day)[:4]) for day in days if day and str(day)[:2] in ("19", "20")]
        if official:
            continue
        for mention in unit.times:
            end = period(mention)[1] or mention.get("baseline")
            if not end or not str(end)[:4].isdigit():
                continue
            around = told.find(shaded, *unit.sentence(mention.start))
            past = [c for c in around if c.get("use") == "past"]
            single = mention.get("year") or mention.get("month")
            if mention.get("kind") == "due":  # "tính đến cuối năm 2020"
                done = single = [c for c in past if c.start < mention.start <= c.end]
            else:
                done = [c for c in past if abs(c.start - mention.start) <= DONE_REACH]
            if mention.get("kind") == "baseline" or (
                single and done and not any(c.get("use") == "goal" for c in around)
            ):
                years.append(int(str(end)[:4]))
            if mention.rule.id in BARE_YEARS and not any(c.get("use") == "goal" for c in around):
                spoken.append(int(str(end)[:4]))
    return max(years, default=None) or max(spoken, default=None)


def _title(shaded: Shade, outline: Outline) -> str | None:
    span = outline.head.title
    if span is None:
        first = next((b for b in outline.blocks if b.kind == "title"), None)
        span = (first.start, first.end) if first else None
    return SPACES.sub(" ", shaded.text[span[0] : span[1]]) if span else None


def _title_period(shaded: Shade, outline: Outline, book: Rulebook) -> tuple[str | None, str | None]:
    """The period a title states; of several titles the last part's, whose plan the records belong to."""
    for block in reversed([b for b in outline.blocks if b.kind == "title"]):
        stated = [
            period(mention)
            for mention in finder(book, "deadlines").find(shaded, block.start, block.end)
            if mention.get("kind") in ("period", "due") and period(mention)[1]
        ]
        if stated:
            years = [times for times in stated if times[0] == times[1]]
            start, end = years[-1] if len(years) == len(stated) else stated[0]  # "tổng kết năm 2009, kế hoạch năm 2010"
            return (None if start == end else start), end
    return None, None


def period(mention: Mention) -> tuple[str | None, str | None]:
    """(from, to) of a time mention, as the contract writes times."""
    start = mention.get("from") or mention.get("from_quarter")
    end = mention.get("to") or mention.get("to_quarter")
    single = mention.get("year") or mention.get("month")
    if single:
        return str(single), str(single)
    if mention.get("first") and end:  # from the 8th to the 10th of one month
        start = f"{str(end)[:8]}{int(mention.get('first')):02d}"
    if end and mention.get("shift"):
        end = str(int(end) + int(mention.get("shift")))
    return start, end


def _signer(shaded: Shade, outline: Outline) -> str | None:
    """The name under the signature: two to five capitalised words at the end of a line, alone or behind an office in
    capitals, also where recipients and signature are cells of one row."""
    for block in reversed([b for b in outline.blocks if b.kind in ("signature", "recipients")]):
        line = shaded.text[block.start : block.end].strip(EDGE + "|").rpartition("|")[2]
        name = SIGNER.search(line)
        if name and (block.kind == "signature" or name.start() > 0):
            return name[1]
    return None


# --- agencies -------------------------------------------------------------------------------------------------------


def agency_name(mention: Mention, shaded: Shade, book: Rulebook) -> tuple[str, str | None, str | None]:
    """(canonical name, level, province stated) of an agency mention."""
    name = _filled(mention, mention.values, shaded, book)
    place = mention.get("place")
    stated = _known_province(str(place), book) if place else None
    if stated and _is_city_of(stated, str(mention.get("level") or ""), book):
        stated = None
    return name, _level(mention, name, stated, book), stated


def written_name(mention: Mention, canonical: str, shaded: Shade, book: Rulebook) -> str:
    """The name as the text has it, abbreviations opened; the canonical one where the text abbreviates, leaves words out
    at the end, or shouts."""
    if "head" in mention.spans and mention.rule.fields.get("head") == "agency":
        start, end = mention.spans["head"]
        head = shaded.text[start:end]
        if not ABBREVIATED.search(head) and not slug(str(mention.get("head"))).startswith(slug(head)):
            return _filled(mention, {**mention.values, "head": SPACES.sub(" ", head)}, shaded, book)
    return canonical


def _filled(mention: Mention, given: Mapping[str, Any], shaded: Shade, book: Rulebook) -> str:
    """The rule's template of a name with its values."""
    values = {**given, "text": _bare_name(mention, shaded, book)}
    template = str(mention.get("name") or "{text}")
    name = SPACES.sub(" ", PLACEHOLDER.sub(lambda m: str(values.get(m[1]) or ""), template)).strip()
    nation = str(book.settings["targets"]["nation"])
    name = name.replace(f"{nation} {nation}", nation)
    if shaded.shadow[mention.start : mention.end].isupper():
        name = _with_capitals(name, book)
    return name[:1].upper() + name[1:]


def _with_capitals(name: str, book: Rulebook) -> str:
    """The name of a body that stands in capitals, with those of the known body it begins with and of provinces."""
    known = book.fragments["agency"].rows
    words = name.split()
    for count in range(len(words), 1, -1):
        begins = " ".join(words[:count])
        row = known.get(begins.lower())
        if row and row["name"].lower() == begins.lower():
            name = row["name"] + name[len(begins) :]
            break
    for kind in book.words("document.province_ends"):
        name = name.replace(kind.upper(), kind)
    rows = book.fragments["province"].rows
    for found in reversed(list(_province_pattern(book).finditer(name.lower()))):
        place = rows[found[0]]["name"]
        start = found.end() - len(place)
        written = name[start : found.end()]
        if written.lower() == place.lower() and (written.isupper() or written.islower()):
            name = name[:start] + place + name[found.end() :]
    return name


def _is_city_of(province: str, kind: str, book: Rulebook) -> bool:
    """Whether a stated kind makes a name that of the capital of a province: "thành phố Lào Cai"."""
    of_provinces = places.by_name(book)
    own = {row["kind"] for row in of_provinces.get(province, ())}
    return kind.lower() not in own and any(
        row["kind"] == kind.lower() for rows in of_provinces.values() for row in rows
    )


def _bare_name(mention: Mention, shaded: Shade, book: Rulebook) -> str:
    """The mention's own words behind the office, abbreviations opened, capitals of a heading lowered."""
    start = mention.spans["office"][1] if "office" in mention.spans else mention.start
    text = shaded.shadow[start : mention.end].strip()
    if text.isupper() and " " in text:
        text = text.capitalize()
    opened = book.fragments["abbreviation"].rows
    return regex.sub(
        r"[\p{L}&.\-]+(?<![.\-])", lambda m: opened[m[0].lower()]["value"] if m[0].lower() in opened else m[0], text
    )


def _level(mention: Mention, name: str, province: str | None, book: Rulebook) -> str:
    stated = mention.get("level")
    levels = book.fragments["level_one"].rows
    if stated:
        row = levels.get(str(stated).lower())
        place = mention.get("place")
        if row and place and province is None and row["level"] == "province":
            return "district"  # a city that is no province
        return row["level"] if row else str(stated)
    lowered = name.lower()
    if province or lowered.endswith(book.words("document.province_ends")):
        return "province"
    rows = book.fragments["agency"].rows
    known = rows.get(str(mention.get("head") or "").lower()) or rows.get(lowered)
    if known:
        return known["level"]
    if any(word in lowered for word in book.words("agencies.central_words")):
        return "central"
    heads = book.fragments["agency_head"].rows
    best = max((h for h in heads if lowered.startswith(h)), key=len, default=None)
    return heads[best]["level"] if best else "other"


def agency_id(
    name: str, level: str | None, place: str | None, ctx: Context, book: Rulebook, day: str | None = None
) -> str:  # fmt: skip
    """The body's identity on a day, that of the document where none is given: the place it belongs to and its name
    without that place; a body without a place belongs to the document's."""
    on = day or ctx.document.issued_on
    own = ctx.province and (places.known(ctx.province["name"], day, book) if day else ctx.province)
    named = place and not (own and own["name"] == place)
    province = places.known(str(place), on, book) if named else own
    if level == "central":
        return f"{NATION}/{slug(name)}"
    where = province["id"] if province else NATION
    if level in ("district", "commune"):
        return f"{where}/{slug(name)}"
    own_name = regex.sub(rf"\s*{regex.escape(province['name'])}$", "", name) if province else name
    return f"{where}/{slug(generic(own_name, book))}"


def is_central(identity: str | None) -> bool:
    """Whether the id of a body, or of a document by that of its issuer, is one of the nation's: "VN/bo-y-te"."""
    return (identity or "").startswith(f"{NATION}/")


def generic(name: str, book: Rulebook) -> str:
    """A provincial body's name without the words that say only that it is a province's, as "of the province"."""
    for tail in sorted(book.words("document.province_ends"), key=len, reverse=True):
        name = name.removesuffix(tail)
    return name


def _with_place(issuer: str, province: Row, book: Rulebook) -> str:
    """A provincial body's name with its province, and the province's kind where the name lacks it: "Sở Y tế tỉnh Gia
    Lai", but "Tỉnh ủy Gia Lai"."""
    kind = province["kind"]
    words = issuer.lower().split()
    if words[-len(kind.split()) :] == kind.split() or " ".join(words).endswith(book.words("document.party_committees")):
        return f"{issuer} {province['name']}"
    return f"{issuer} {kind} {province['name']}"
