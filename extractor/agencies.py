"""Agency mentions -> Agency records: name with abbreviations opened, level, identity, role."""

from __future__ import annotations

from dataclasses import dataclass

from .confidence import calibrated
from .mentions import Finder, Mention, finder
from .model import Agency, Block
from .resolve import Context, Ids, agency_id, agency_name, written_name
from .rulebook import Rulebook
from .scan import Unit
from .tables import Tables
from .text import Shade

LIST_GAP = 45  # characters between two bodies of one list
RAW = 0.9  # the confidence of a body that is not measured
ROLE_REACH = 60  # characters between a body and the words that give it a role


@dataclass(frozen=True, slots=True)
class Named:
    """An agency mention with its name, level and identity settled."""

    mention: Mention
    start: int
    end: int
    name: str
    level: str
    province: str | None
    agency_id: str


def named_agencies(
    shaded: Shade, blocks: tuple[Block, ...], units: dict[int, Unit], ctx: Context, book: Rulebook
) -> dict[int, list[Named]]:  # fmt: skip
    """The agencies of each unit that has any, by block number, in order of place."""
    out: dict[int, list[Named]] = {}
    for unit in units.values():
        for mention in unit.agencies:
            canonical, level, province = agency_name(mention, shaded, book)
            name = written_name(mention, canonical, shaded, book)
            if level == "other" and not mention.get("level"):
                level = "province" if ctx.province else "central"
            if blocks[unit.block].kind == "signature" and (ctx.document.issuer or "").startswith(f"{name} "):
                name = str(ctx.document.issuer)
            identity = agency_id(canonical, level, province, ctx, book)
            named = Named(mention, mention.start, mention.end, name, level or "other", province, identity)
            out.setdefault(unit.block, []).append(named)
    return out


def agency_records(
    shaded: Shade, blocks: tuple[Block, ...], grid: Tables, named: dict[int, list[Named]], ctx: Context, ids: Ids,
    book: Rulebook,
) -> list[Agency]:  # fmt: skip
    """The agency records of a document, in order of place."""
    roles = finder(book, "roles")
    out: list[Agency] = []
    for number, agencies in named.items():
        block = blocks[number]
        column = grid.cells[number].column if number in grid.cells else None
        for agency, last in zip(agencies, _last_listed(shaded, agencies, roles), strict=True):
            quote = shaded.text[agency.start : agency.end]
            out.append(
                Agency(
                    id=ids.next("agencies", quote),
                    agency_id=agency.agency_id,
                    quote=quote,
                    start=agency.start,
                    end=agency.end,
                    name=agency.name,
                    level=agency.level,
                    role=column if column in ("lead", "support") else _role(shaded, block, agency, last, ctx, roles),
                    block=number,
                    page=ids.page(agency.start),
                    rule=agency.mention.rule.id,
                    confidence=calibrated(RAW, "agencies", ctx.document.source_kind, agency.mention.rule.id, book),
                )
            )
    return out


def _last_listed(shaded: Shade, agencies: list[Named], roles: Finder) -> list[Named]:
    """For each body of a line the last of the list it stands in: what is said behind a list is said of all of it,
    "Sở A; Sở B chịu trách nhiệm thi hành"."""
    out = agencies[-1:]
    for agency, following in zip(agencies[-2::-1], agencies[:0:-1], strict=True):
        between = shaded.lower[agency.end : following.start]
        listed = len(between) <= LIST_GAP and "." not in between
        out.append(out[-1] if listed and not roles.find(shaded, agency.end, following.start) else agency)
    return out[::-1]


def _role(shaded: Shade, block: Block, agency: Named, last: Named, ctx: Context, roles: Finder) -> str | None:
    """issuer in the head, recipient in the list of recipients, else lead or support by the words around; `last` is the
    last body of its list."""
    before = roles.find(shaded, max(block.start, agency.start - ROLE_REACH), agency.start)
    if before and before[-1].get("role") == "issuer":
        return "issuer"
    if block.kind == "recipients":
        return "recipient"
    if block.kind in ("header", "signature") and ctx.document.issuer:
        return "issuer"
    after = roles.find(shaded, last.end, min(block.end, last.end + ROLE_REACH))
    near = [m for m in before if m.get("where") == "before" and ";" not in shaded.lower[m.end : agency.start]]
    if near:
        return str(near[-1].get("role"))
    following = [m for m in after if m.get("where") == "after" and m.start - last.end <= int(m.get("reach") or 12)]
    return str(following[0].get("role")) if following else None
