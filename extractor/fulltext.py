"""Full-text search: what is indexed, how the index follows the tables, and how a query is put to it.

Vietnamese is often typed without marks.  The tokenizer strips all of them but the bar of đ, so each index has a column
`folded` besides, with đ as d; queries are folded the same way.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

SEARCHED = {
    "documents": ("title", "text"),
    "targets": ("quote", "indicator"),
    "commitments": ("quote",),
    "deadlines": ("quote", "action"),
    "agencies": ("name", "quote"),
    "legal_refs": ("quote", "title"),
}
NEAR = 30  # syllables within which all words of a query must stand
SNIPPET = 24  # syllables
START, END, CUT = "\ufdd0", "\ufdd1", "\ufdd2"  # noncharacters: marks of a snippet that no text holds


def fold(text: str) -> str:
    """The text with đ as d, of equal length; the tokenizer strips all other marks, but this letter it never folds."""
    return text.replace("đ", "d").replace("Đ", "D")


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """The text in lower case without any marks, for comparing what people type: "Đắk Lắk" -> "dak lak"."""
    letters = unicodedata.normalize("NFD", fold(text).lower())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def nearest(wanted: str, names: Mapping[str, str], most: int = 3) -> list[str]:
    """What is most like what a user typed, marks and capitals apart, best first: `names` maps what is likened to what
    is shown; WRatio of rapidfuzz."""
    from rapidfuzz import fuzz, process  # a name that is not known is rare, and every command pays for an import

    keys = {name: plain(name) for name in names}
    found = process.extract(plain(wanted), keys, scorer=fuzz.WRatio, limit=2 * most)
    return list(dict.fromkeys(names[name] for _, _, name in found))[:most]


def folded(sql: str) -> str:
    """`fold` as SQL, of an SQL expression."""
    return f"replace(replace({sql}, 'đ', 'd'), 'Đ', 'D')"


def joined(table: str, of: str) -> str:
    """SQL for the searched columns of a row `of` as one text, one a line."""
    return " || char(10) || ".join(f"coalesce({of}.{name}, '')" for name in SEARCHED[table])


def index(table: str) -> list[str]:
    """SQL for the index of a table and for the triggers that keep it in step with every change of the table."""
    searched = SEARCHED[table]
    names = ", ".join(searched)
    new = ", ".join(f"new.{name}" for name in searched)
    old = ", ".join(f"old.{name}" for name in searched)
    differs = " OR ".join(f"old.{name} IS NOT new.{name}" for name in searched)
    add = f"INSERT INTO {table}_fts(rowid, {names}, folded) VALUES (new.rowid, {new}, {folded(joined(table, 'new'))});"
    drop = (
        f"INSERT INTO {table}_fts({table}_fts, rowid, {names}, folded)"
        f" VALUES ('delete', old.rowid, {old}, {folded(joined(table, 'old'))});"
    )
    return [
        # The index takes its text from this view, so that the folded text is computed and never stored.
        f"CREATE VIEW {table}_fts_text AS SELECT r.rowid AS rowid, {names}, {folded(joined(table, 'r'))} AS folded"
        f" FROM {table} r",
        f"CREATE VIRTUAL TABLE {table}_fts USING fts5({names}, folded, content='{table}_fts_text',"
        " tokenize='unicode61 remove_diacritics 2')",
        f"CREATE TRIGGER {table}_fts_insert AFTER INSERT ON {table} BEGIN {add} END",
        f"CREATE TRIGGER {table}_fts_delete AFTER DELETE ON {table} BEGIN {drop} END",
        f"CREATE TRIGGER {table}_fts_update AFTER UPDATE OF {names} ON {table} WHEN {differs} BEGIN {drop} {add} END",
    ]


def expression(query: str) -> str:
    """A query in the language of FTS5: all words near each other, better still as one phrase; "" for no words.

    >>> expression('đào tạo "lao động"')
    'folded : ("dào tạo lao dộng" OR NEAR("dào" "tạo" "lao dộng", 30))'
    """
    text = fold(unicodedata.normalize("NFC", query.replace("\0", " ").encode("utf-8", "replace").decode()))
    pieces = [quoted or word for quoted, word in re.findall(r'"([^"]*)"|([^\s"]+)', text)]
    if not pieces:
        return ""
    phrases = " ".join(f'"{piece}"' for piece in pieces)
    return f'folded : ("{" ".join(pieces)}" OR NEAR({phrases}, {NEAR}))'


def snippet(table: str) -> str:
    """SQL for the passage of a row's folded text that holds the hits, with marks for `marked`."""
    return f"snippet({table}_fts, {len(SEARCHED[table])}, '{START}', '{END}', '{CUT}', {SNIPPET})"


def marked(whole: str, passage: str) -> str:
    """A passage of the folded text as it stands in the text itself, hits in [ ]; folding keeps every offset."""
    at = fold(whole).find(passage.replace(START, "").replace(END, "").strip(CUT))
    out = []
    for letter in passage:
        if letter in (START, END, CUT):
            out.append({START: "[", END: "]", CUT: "…"}[letter])
        else:
            out.append(whole[at])
            at += 1
    return "".join(out)
