"""Extraction -> SQLite: one transaction a document, the only writer.

    with Store("targets.db") as store:
        run = store.begin_run("0.1.0", rulebook.fingerprint)
        store.save(extraction, run)
        store.end_run(run, {"added": 1})

Tables, columns, views and full-text indexes are those of `schema`.  Everything raises StoreError, one line with the
path and the reason, for a database that cannot be opened, read or written.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import os
import sqlite3
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Literal, Self

from . import fulltext, model, schema
from .errors import StoreError, UnreadableFile
from .opening import open_database, speaking, writing

if TYPE_CHECKING:
    import pandas

Status = Literal["added", "replaced", "unchanged", "source"]
Row = dict[str, Any]

# What tells a format, by how much of a document it keeps, the most first.
FIDELITY = (
    "wordprocessing",
    "opendocument",
    "msword",
    "rtf",
    "spreadsheet",
    "excel",
    "html",
    "related",
    "plain",
    "pdf",
)
BEGINS = "id >= :key AND id < :key || char(1114111)"  # a prefix, by the index


class Store:
    """A database of extractions, opened or created; close it, or use it in a `with` block.

    path       file; an older database is copied to `NAME.bak-<version>`, then migrated
    read_only  for readers: nothing is created, migrated or written
    wait       seconds to wait for another process that writes

    Raises StoreError for a folder, a missing folder, a file that is no database or not one of ours, a damaged one, one
    that a later release made, and one that may not be written unless `read_only`.
    """

    def __init__(self, path: str | Path, *, read_only: bool = False, wait: float = 5.0) -> None:
        self.path = str(path)
        self.read_only = read_only
        self.db = open_database(self.path, read_only, wait)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Bring the write-ahead log into the file, where no other process reads it just now, and close."""
        if not self.read_only:
            with suppress(sqlite3.Error):
                self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        self.db.close()

    # --- writing ----------------------------------------------------------------------------------------------------

    def begin_run(self, version: str, fingerprint: str, arguments: Mapping[str, Any] | None = None) -> int:
        """Note that a program of this version with rules of this fingerprint begins to save, and what it was asked to
        do; its number."""
        with self.writing():
            run = self.db.execute(
                "INSERT INTO runs (version, fingerprint, started_at, arguments) VALUES (?, ?, ?, ?)",
                (version, fingerprint, _now(), arguments and json.dumps(arguments)),
            )
            return int(run.lastrowid or 0)

    def end_run(self, run_id: int, summary: dict[str, Any]) -> None:
        """Note that a run has ended, with what it did."""
        with self.writing():
            self.db.execute(
                "UPDATE runs SET ended_at = ?, summary = ? WHERE id = ?",
                (_now(), json.dumps(summary, ensure_ascii=False), run_id),
            )

    def fail(self, path: str, reason: str, run_id: int) -> None:
        """Note that a file could not be read, until it is."""
        row = {"id": _file_at(path), "path": shown(path), "reason": reason, "run_id": run_id, "at": _now()}
        with self.writing():
            self._insert("failures", [row], replace=True)

    def save(self, extraction: model.Extraction, run_id: int) -> Status:
        """Store one document, whole or not at all.

        added      a document that was not there
        unchanged  the same content: no row changes, but for the run that confirmed it where version or rules differ
        source     the same document from another file: the same text, or the same records from another format.  The
                   file is noted, what is stored stays.  So it is too when that file is of a format that keeps less of
                   a document than the stored text's (Word, web page, plain text, PDF, OCR).  Such a file, read again
                   without a change, leaves all `unchanged`
        replaced   other content under the same document id: its own rows are replaced, those of no other document.
                   What a later stage wrote on a target stays where the target is the same as before

        A file that gave another document before no longer counts as that document's source, and a document left
        without any source is removed.  An extraction made again from the stored text may come without sources, which
        stands for all that are stored, and without pages, which stay.

        Raises UnreadableFile, and stores nothing of the document, where two records have one id.
        """
        document_id = extraction.document.id
        with self.writing(), _distinct(extraction):
            rules = self._rules(run_id)
            self._release(extraction)
            there = next(iter(self.rows("SELECT * FROM documents WHERE id = ?", document_id)), None)
            known = self._sources(document_id)
            content = schema.content(extraction)
            if there and not extraction.pages and there["text"] == extraction.text:
                content["pages"] = self._stored("pages", document_id)
            digest = schema.digest(extraction.text, content)
            same_rules = there is not None and self._rules(there["run_id"]) == rules
            alike = same_rules and self._same_records(document_id, content)
            status = _status(extraction, digest, there, known, same_rules=same_rules, alike=alike)
            if status in ("added", "replaced"):
                self._put(extraction, content, digest, run_id)
            elif there and there["content"] == digest and not same_rules:
                self.db.execute("UPDATE documents SET run_id = ? WHERE id = ?", (run_id, document_id))
            self._put_sources(extraction, known, run_id, first=status == "replaced")
            for source in extraction.sources:
                self.db.execute("DELETE FROM failures WHERE id = ?", (_file(source),))
            return status

    def _put(self, extraction: model.Extraction, content: dict[str, list[Row]], digest: str, run_id: int) -> None:
        document_id = extraction.document.id
        before = {row["id"]: row for row in self.rows("SELECT * FROM targets WHERE document_id = ?", document_id)}
        self._unsettle(document_id)
        for row in content["targets"]:
            old = before.get(row["id"], {})
            same = bool(old) and all(old[name] == value for name, value in row.items())
            row.update({name: old[name] if same else None for name in schema.BESIDES["targets"]})
        (document,) = content["documents"]
        document |= {"text": extraction.text, "run_id": run_id, "content": digest}
        self._insert("documents", [document], replace=True)
        for table, rows in content.items():
            if table != "documents":
                self.db.execute(f"DELETE FROM {table} WHERE document_id = ?", (document_id,))
                self._insert(table, rows)

    def _put_sources(self, extraction: model.Extraction, known: list[Row], run_id: int, *, first: bool) -> None:
        """Note the files of an extraction beside those known; `first`: before them, as the text is now theirs."""
        document_id, rules = extraction.document.id, self._rules(run_id)
        given: list[Row] = []
        kept = list(known)
        for source in extraction.sources:
            new = {
                "id": f"{document_id}.{_file(source)}",
                "document_id": document_id,
                **schema.row("sources", source),
                "path": shown(source.path),
                "file": _file(source),
                "run_id": run_id,
            }
            old = next((row for row in kept if _is_same_file(source, row)), None)
            if old:
                confirmed = old["sha256"] == source.sha256 and self._rules(old["run_id"]) == rules
                same = {name: old[name] for name in ("id", "path", "file")}
                given.append(old if confirmed else new | same)
                kept[kept.index(old)] = given[-1]
            else:
                given.append(new)
                kept.append(new)
        if first:
            kept = given + [row for row in kept if row not in given]
        if not extraction.sources:
            kept = [row if self._rules(row["run_id"]) == rules else row | {"run_id": run_id} for row in known]
        if kept != known:
            self.db.execute("DELETE FROM sources WHERE document_id = ?", (document_id,))
            self._insert("sources", kept)
            self._name_source(document_id)

    def _release(self, extraction: model.Extraction) -> None:
        """Take the files of an extraction from other documents that they gave before."""
        for source in extraction.sources:
            for row in self.rows(
                "SELECT * FROM sources WHERE document_id != ? AND (file = ? OR (path = ? AND sha256 = ?))",
                extraction.document.id,
                _file(source),
                shown(source.path),
                source.sha256,
            ):
                left = [other for other in self._sources(row["document_id"]) if other["id"] != row["id"]]
                self.db.execute("DELETE FROM sources WHERE id = ?", (row["id"],))
                if not left:
                    self._unsettle(row["document_id"])
                    self.db.execute("DELETE FROM documents WHERE id = ?", (row["document_id"],))
                    continue
                # The stored text may have been that file's: the others are to be read again, not passed over.
                self.db.execute("UPDATE sources SET run_id = NULL WHERE document_id = ?", (row["document_id"],))
                self._name_source(row["document_id"])

    def _unsettle(self, document_id: str) -> None:
        """Note that the targets of a document's indicators no longer stand as `alignment` wrote, as some go."""
        self.db.execute(
            "UPDATE indicators SET standing = 0 WHERE id IN (SELECT indicator_id FROM targets WHERE document_id = ?)",
            (document_id,),
        )

    def _name_source(self, document_id: str) -> None:
        self.db.execute(
            "UPDATE documents SET source_path = (SELECT path FROM sources WHERE document_id = documents.id"
            " ORDER BY rowid LIMIT 1) WHERE id = ?",
            (document_id,),
        )

    # --- reading ----------------------------------------------------------------------------------------------------

    @contextmanager
    def reading(self) -> Iterator[None]:
        """One transaction, so that all that is read is of one state while another process writes."""
        with speaking(self.path), self.db.atomic():
            yield

    def has_source(self, path: str, sha256: str, version: str, fingerprint: str) -> bool:
        """Whether these bytes, from this file, were stored by this version and these rules: no need to read again."""
        file = _file(model.SourceFile(path, "", sha256))
        found = self.rows(
            "SELECT 1 FROM sources s JOIN runs u ON u.id = s.run_id"
            " WHERE s.sha256 = ? AND (s.file = ? OR s.path = ?) AND u.version = ? AND u.fingerprint = ? LIMIT 1",
            *(sha256, file, shown(path), version, fingerprint),
        )
        return bool(found)

    def is_known(self, path: str) -> bool:
        """Whether a document from this file is stored, in whatever state the file was."""
        file = _file(model.SourceFile(path, "", ""))
        return bool(self.rows("SELECT 1 FROM sources WHERE file = ? OR path = ? LIMIT 1", file, shown(path)))

    def failures(self, run_id: int | None = None) -> list[Row]:
        """The files that could not be read when they were last tried, by path: `path`, `reason`, `run_id`, `at`.

        run_id  only those that this run tried last
        """
        return self.rows(
            "SELECT path, reason, run_id, at FROM failures WHERE :run IS NULL OR run_id = :run ORDER BY path",
            run=run_id,
        )

    def stopped_run(self) -> Row | None:
        """What the newest run that was stopped before its end was asked to do, with its id as `run`; None where there
        is none, or where a later run was asked for the same and came to its end."""
        ended: list[Row] = []
        for row in self.rows("SELECT id, summary, arguments FROM runs WHERE arguments IS NOT NULL ORDER BY id DESC"):
            arguments = json.loads(row["arguments"])
            if not json.loads(row["summary"] or '{"interrupted": true}')["interrupted"]:
                ended.append(arguments)
            elif arguments in ended:
                return None
            else:
                return {**arguments, "run": row["id"]}
        return None

    def as_of(self) -> str | None:
        """When the newest run ended, or began where it was stopped, as ISO time; None where there was none."""
        (newest,) = self.rows("SELECT max(coalesce(ended_at, started_at)) AS at FROM runs")
        return None if newest["at"] is None else str(newest["at"])

    def stale(self, version: str, fingerprint: str) -> list[str]:
        """The ids of documents last stored or confirmed by another version or other rules."""
        found = self.rows(
            "SELECT d.id FROM documents d LEFT JOIN runs u ON u.id = d.run_id"
            " WHERE u.version IS NOT ? OR u.fingerprint IS NOT ? ORDER BY d.id",
            *(version, fingerprint),
        )
        return [row["id"] for row in found]

    def documents(
        self,
        *,
        kind: str | None = None,
        province: str | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> list[Row]:
        """The rows of v_documents by date of issue, those without one last: what each is, its citation, how many
        records of each class.

        province      its name or code
        since, until  date of issue, a day, month or year ("2021"), both included
        """
        return self.rows(
            "SELECT * FROM v_documents WHERE (:kind IS NULL OR kind = :kind)"
            " AND (:province IS NULL OR province = :province OR province_code = :province)"
            " AND (:since IS NULL OR issued_on >= :since) AND (:until IS NULL OR issued_on <= :until)"
            " ORDER BY issued_on IS NULL, issued_on, number, id",
            kind=kind,
            province=province,
            since=schema.first_day(since) or since,
            until=schema.last_day(until) or until,
        )

    def load(self, key: str) -> Row:
        """A document as the JSON object of the contract.

        `key` is its id or the beginning of it, its number ("141/KH-UBND"), the path or name of a source file, or a
        part of its citation, title or file name, with or without accents ("…" at the end is passed over).  Raises
        StoreError that names the candidates where that fits several documents or none.
        """
        with self.reading():
            document_id = self._find(key)
            (document,) = self.rows("SELECT * FROM documents WHERE id = ?", document_id)
            out: Row = {"schema": model.SCHEMA, "text": document["text"]}
            out["document"] = schema.contract("documents", document)
            for table in model.TABLES:
                out[table] = [schema.contract(table, row) for row in self._stored(table, document_id)]
        return out

    def text(self, key: str) -> str:
        """The canonical text of a document; `key` and errors as for `load`."""
        (document,) = self.rows("SELECT text FROM documents WHERE id = ?", self._find(key))
        return str(document["text"])

    def record(self, key: str) -> tuple[str, Row, Row]:
        """(table, record, document) of a record id or the beginning of one, as in the contract.

        Raises StoreError that names the candidates where that fits several records or none.
        """
        found: list[tuple[str, Row]] = []
        for table in model.RECORDS if key else ():
            rows = self.rows(f"SELECT * FROM {table} WHERE {BEGINS} ORDER BY id", key=shown(key))
            found += [(table, row) for row in rows]
        exact = [(table, row) for table, row in found if row["id"] == key]
        if len(exact or found) != 1:
            if not found:
                raise StoreError(f"{self.path}: no record {key!r}; `muctieu show DOC` shows their ids")
            names = [f"{row['id']} ({table}: {row['quote'][:40]})" for table, row in found]
            raise StoreError(f"{self.path}: {key!r} fits {len(found)} records: {_few(names)}")
        ((table, row),) = exact or found
        (document,) = self.rows("SELECT * FROM documents WHERE id = ?", row["document_id"])
        return table, schema.contract(table, row), schema.contract("documents", document)

    def search(
        self,
        query: str,
        *,
        tables: Iterable[str] = tuple(fulltext.SEARCHED),
        limit: int = 20,
        among: Mapping[str, Iterable[str]] | None = None,
    ) -> list[Row]:
        """Documents and records that hold the words of a query near each other, best first.

        Letters with and without marks are the same, đ and d too; words in double quotes stand as one phrase.  Rows have
        `table`, `id`, `document_id`, `citation`, `snippet` (the hit in [ ]), and `score` (lower is better).

        among   ids by table of which the hits must be; None: of all
        """
        words = fulltext.expression(query)
        out: list[Row] = []
        for table in tables if words else ():
            if table not in fulltext.SEARCHED:
                raise StoreError(f"{self.path}: {table!r} is not searched; known: {', '.join(fulltext.SEARCHED)}")
            index, owner = f"{table}_fts", "id" if table == "documents" else "document_id"
            for row in self.rows(
                f"SELECT v.id, r.{owner} AS document_id, v.citation, {fulltext.joined(table, 'r')} AS whole,"
                f" {fulltext.snippet(table)} AS snippet, rank AS score"
                f" FROM {index} JOIN {table} r ON r.rowid = {index}.rowid JOIN {schema.view_of(table)} v ON v.id = r.id"
                f" WHERE {index} MATCH ? AND (? IS NULL OR r.id IN (SELECT value FROM json_each(?)))"
                " ORDER BY rank LIMIT ?",
                *(words, ids := among and json.dumps(list(among.get(table, ()))), ids, limit),
            ):
                passage = fulltext.marked(row.pop("whole"), row["snippet"])
                row["snippet"] = passage if table == "documents" else _unrepeated(passage)
                out.append({"table": table, **row})
        return sorted(out, key=lambda row: row["score"])[:limit]

    def matching(self, query: str, table: str) -> dict[str, str]:
        """All documents, or all records of a class, that `search` would find: id -> id of the document."""
        words, owner = fulltext.expression(query), "id" if table == "documents" else "document_id"
        sql = (
            f"SELECT r.id, r.{owner} AS document_id FROM {table}_fts JOIN {table} r ON r.rowid = {table}_fts.rowid"
            f" WHERE {table}_fts MATCH ?"
        )
        return {row["id"]: row["document_id"] for row in self.rows(sql, words)} if words else {}

    def rows(self, sql: str, *values: Any, **named: Any) -> list[Row]:
        """What a query gives; StoreError where the database cannot be read."""
        with speaking(self.path):
            found = self.db.execute(sql, named or values)
            names = [column[0] for column in found.description or ()]
            return [dict(zip(names, row, strict=True)) for row in found]

    def tables(self) -> list[str]:
        """The names of tables and views that hold extractions."""
        return [*schema.TABLES, "runs", *schema.VIEWS]

    def frame(self, name: str) -> pandas.DataFrame:
        """A table or view as a DataFrame, whole numbers as Int64; StoreError for any other name."""
        import pandas

        if name not in self.tables():
            raise StoreError(f"{self.path}: no table {name!r}; known: {', '.join(self.tables())}")
        with speaking(self.path):
            frame = pandas.read_sql_query(f"SELECT * FROM {name}", self.db.conn)
            whole = [column.name for column in self.db[name].columns if column.type == "INTEGER"]
        return frame.astype(dict.fromkeys(whole, "Int64"))

    # --- inside -----------------------------------------------------------------------------------------------------

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction that is written whole or not at all; StoreError where the store is read only."""
        if self.read_only:
            raise StoreError(f"{self.path}: opened for reading only")
        with speaking(self.path), writing(self.db):
            yield

    def insert(self, table: str, rows: Sequence[Row]) -> None:
        """Add rows to a table of indicators, within `writing`."""
        self._insert(table, rows)

    def update(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Set columns of rows by their `id`, within `writing`; all rows have the same columns."""
        if not rows:
            return
        names = [name for name in rows[0] if name != "id"]
        sql = f"UPDATE {table} SET {', '.join(f'{name} = :{name}' for name in names)} WHERE id = :id"
        self.db.conn.executemany(sql, rows)

    def _insert(self, table: str, rows: Sequence[Row], *, replace: bool = False) -> None:
        if not rows:
            return
        names = list(rows[0])
        quoted = ", ".join(f'"{name}"' for name in names)
        sql = f"INSERT INTO {table} ({quoted}) VALUES ({', '.join('?' * len(names))})"
        if replace:
            sql += " ON CONFLICT (id) DO UPDATE SET " + ", ".join(f'"{name}" = excluded."{name}"' for name in names)
        # Not insert_all(): it commits batch by batch outside a transaction, and is several times slower.
        self.db.conn.executemany(sql, ([row[name] for name in names] for row in rows))

    def _same_records(self, document_id: str, content: dict[str, list[Row]]) -> bool:
        """Whether there are records, and the stored ones say the same: ids hold quotes, periods may be inherited."""
        found = False
        for table in model.RECORDS:
            names = [name for name in ("id", "period_from", "period_to") if name in schema.stored(table)]
            new = {tuple(row[name] for name in names) for row in content[table]}
            old = self.rows(f"SELECT {', '.join(names)} FROM {table} WHERE document_id = ?", document_id)
            if new != {tuple(row.values()) for row in old}:
                return False
            found = found or bool(new)
        return found

    def _rules(self, run_id: int | None) -> tuple[str, str] | None:
        """(version, fingerprint) of a run."""
        found = self.rows("SELECT version, fingerprint FROM runs WHERE id = ?", run_id)
        return (found[0]["version"], found[0]["fingerprint"]) if found else None

    def _sources(self, document_id: str) -> list[Row]:
        return self.rows("SELECT * FROM sources WHERE document_id = ? ORDER BY rowid", document_id)

    def _stored(self, table: str, document_id: str) -> list[Row]:
        return self.rows(f"SELECT * FROM {table} WHERE document_id = ? ORDER BY rowid", document_id)

    def _find(self, key: str) -> str:
        """The id of the document that `key` names; see `load`."""
        key = shown(key)
        number = fulltext.fold(unicodedata.normalize("NFC", key)).lower()
        source = "SELECT DISTINCT document_id AS id FROM sources"
        found: list[str] = []
        for sql, value in (
            ("SELECT id FROM documents WHERE id = :key", key),
            (f"SELECT id FROM documents WHERE lower({fulltext.folded('number')}) = :key", number),
            (f"{source} WHERE path = :key", key),
            (f"{source} WHERE substr(path, -length(:key) - 1) IN ('/' || :key, char(92) || :key)", key),
            (f"SELECT id FROM documents WHERE {BEGINS}", key),
        ):
            found = found or ([row["id"] for row in self.rows(sql, key=value)] if key else [])
        if len(found) == 1:
            return found[0]
        rows = self.rows("SELECT id, number, title, citation, source_path FROM v_documents ORDER BY id")
        names = {row["id"]: PurePath(row["source_path"] or "").name for row in rows}
        if not found and (part := fulltext.plain(key).rstrip("… ")):
            said = ((row["id"], (row["citation"], row["title"], names[row["id"]])) for row in rows)
            found = [i for i, texts in said if any(part in fulltext.plain(text) for text in texts if text)]
        if len(found) == 1:
            return found[0]
        if found:
            fit = [f"{row['id']} ({row['citation'] or names[row['id']]})" for row in rows if row["id"] in found]
            raise StoreError(f"{self.path}: {key!r} fits {len(found)} documents: {_few(fit)}")
        known = sorted({row["number"] or names[row["id"]] or row["id"] for row in rows})
        near = difflib.get_close_matches(key, known, n=5) or known
        there = f"there are: {_few(near)}" if len(near) <= 8 else f"`muctieu list` shows all {len(rows)}"
        raise StoreError(f"{self.path}: no document {key!r}; {there if rows else 'it is empty'}")


def _status(
    extraction: model.Extraction, digest: str, there: Row | None, known: list[Row], *, same_rules: bool, alike: bool
) -> Status:
    """What saving an extraction means for the document stored `there` and its known sources; see Store.save."""
    if there is None:
        return "added"
    rows = [next((row for row in known if _is_same_file(source, row)), None) for source in extraction.sources]
    unchanged = all(row and row["sha256"] == s.sha256 for s, row in zip(extraction.sources, rows, strict=True))
    if there["content"] == digest:
        return "unchanged" if unchanged else "source"
    if extraction.sources and unchanged and same_rules and known[0] not in rows:
        # The text is that of another file, which these rules have read: two formats must not displace each other.
        return "unchanged"
    if extraction.sources and not any(rows):
        if alike or (there["text"] == extraction.text and same_rules):
            # A difference that is not the rules' is the format's: pages, for example.
            return "source"
        if there["text"] != extraction.text and known:
            best = min(_fidelity(source.media_type, source.ocr) for source in extraction.sources)
            if best > _fidelity(known[0]["media_type"], known[0]["ocr"]):
                return "source"
    return "replaced"


def _fidelity(media_type: str, ocr: bool) -> tuple[bool, int]:
    """How far what a file says can be trusted, the least the best, so that what is stored of a document that comes in
    several formats does not hang on which is read last."""
    kinds = (kind for kind, sign in enumerate(FIDELITY) if sign in media_type)
    return bool(ocr), next(kinds, len(FIDELITY))


@contextmanager
def _distinct(extraction: model.Extraction) -> Iterator[None]:
    """UnreadableFile in place of SQLite's refusal to store a second record of one id."""
    path = extraction.sources[0].path if extraction.sources else extraction.document.id
    ids = Counter(record.id for table in model.RECORDS for record in getattr(extraction, table))
    twice, times = ids.most_common(1)[0] if ids else ("", 0)
    if times > 1:
        raise UnreadableFile(path, f"internal error: {times} records have the id {twice}")
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise UnreadableFile(path, f"internal error: {error}") from error


def _unrepeated(passage: str) -> str:
    """A record's own words, a line a column, without those lines that another repeats."""
    lines = [line.strip("…") for line in passage.split("\n")]
    bare = [line.replace("[", "").replace("]", "") for line in lines]
    kept = [
        line
        for number, line in enumerate(lines)
        if bare[number] and not any(bare[number] in other and number > at for at, other in enumerate(bare))
    ]
    return "\n".join(kept)


def shown(path: str) -> str:
    """A path as text: bytes of a file name that are no UTF-8 are written out."""
    return path.encode("utf-8", "backslashreplace").decode()


def _file(source: model.SourceFile) -> str:
    """Which file a source is: a hash of its absolute path, so that "plan.pdf" in two folders are two files, and the
    folders' names stay private.  What comes by standard input is a file of its own each time."""
    return _place(f"-{source.sha256}") if source.path == "-" else _file_at(source.path)


def _file_at(path: str) -> str:
    return _place(os.path.normpath(Path(path).absolute()))


def _place(where: str) -> str:
    return hashlib.sha256(where.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _is_same_file(source: model.SourceFile, row: Row) -> bool:
    """The same place, or the same path as given with the same bytes (a folder moved together with its database)."""
    return bool(row["file"] == _file(source)) or (row["path"], row["sha256"]) == (shown(source.path), source.sha256)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _few(names: Sequence[str]) -> str:
    return "; ".join(names[:8]) + (f"; and {len(names) - 8} more" if len(names) > 8 else "")
