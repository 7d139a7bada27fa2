"""Which characters a file means: bytes -> text, and text whose letters were mistaken for those of another encoding.

Vietnamese was written in many encodings before Unicode, and detectors of encodings know few of them.  A syllable of
Vietnamese is an onset and a rime of closed lists (`syllables.csv`), so that the share of words that are syllables tells
a right reading from a wrong one: above 0.9 against below 0.3 over all documents seen.

    TCVN3         one byte a letter, in fonts named .Vn… (`tcvn3.csv`; equals the upper half of TCVN 5712:1993, VN1)
    VNI           a vowel and its mark as two letters (`vni.csv`)
    windows-1258  vowels and combining tone marks
    UTF-8         taken for windows-1252
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from typing import Literal

import regex

from .errors import UnreadableFile
from .model import Problem
from .rulebook import Rulebook

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
FIRST = 20_000  # bytes that show whether every other one is NUL
LEAST_BYTES = 16
MANY, FEW = 0.3, 0.05  # of the bytes at even or odd places that are NUL, in UTF-16 of Latin letters

# NUL is left out: it stands in damaged texts and cleaning replaces it.
CONTROL = re.compile(r"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")
BINARY_SHARE = 0.02

# Letters, and in a wrong reading the signs among them, between white space and signs of ASCII.
WORD = re.compile("[A-Za-z\x80-\x9f\xa1-\u1fff\u2c00-\ud7ff\ue000-\uffff]{2,}")
PLAIN = re.compile(r"[A-Za-z]?[a-z]*[aeiouy][a-z]*")
TONES = "\u0300\u0301\u0303\u0309\u0323"

APART = "\n\r\f\v\t|"  # between lines and cells, each of which is of one encoding
PIECE = re.compile(f"[^{APART}]+")
GAIN = 0.3  # in the share, of a piece that speaks for another reading
LEAST_GAINED = 5  # words that another reading makes syllables, before it is believed at all

LEAST_WORDS = 30
SAMPLES, SAMPLE = 10, 500  # characters at so many places of a text that show its language
HARDLY = 0.3  # of the words are syllables: not Vietnamese
LEGIBLE = 0.6  # of the words are syllables or plain words: another language
LONGEST = 7  # letters of a syllable
LEAST_LETTERS = 50
FOREIGN_SHARE = 0.5  # of the letters belong to other scripts
FOREIGN = regex.compile(r"(?V1)[\p{L}--\p{Latin}]")


# --- syllables ------------------------------------------------------------------------------------------------------


def share(text: str, book: Rulebook) -> float:
    """The share of the words of a text, of two letters and more, that are Vietnamese syllables; 1.0 where it has none.

    >>> from extractor.rulebook import load
    >>> share("Ủy ban nhân dân tỉnh", load()), share("Uûy ban nhaân daân tænh", load())
    (1.0, 0.2)
    """
    found, words = _counted(text, book)
    return found / words if words else 1.0


def syllables(text: str, book: Rulebook) -> int:
    """How many words of a text are syllables."""
    return _counted(text, book)[0]


def _counted(text: str, book: Rulebook) -> tuple[int, int]:
    """How many words of a text are syllables, and how many words there are."""
    words = WORD.findall(unicodedata.normalize("NFC", text))
    return sum(_is_syllable(word, book) for word in words), len(words)


@lru_cache(maxsize=65_536)
def _is_syllable(word: str, book: Rulebook) -> bool:
    # A capital inside a word is no letter of it: "tØnh" is not "tỉnh".
    if not (word[1:].islower() or word.isupper()):
        return False
    lower = word.lower()
    bare = lower.translate(TONELESS)
    # A syllable has one tone: "÷Ø" between diameters is not "ữỉ".
    return bare in _syllables(book) and sum(map(str.__ne__, lower, bare)) <= 1


@cache
def _syllables(book: Rulebook) -> frozenset[str]:
    """Every onset with every rime, without tones; that few of them are in use costs nothing here."""
    parts = {
        part: [row["surface"] for row in book.tables["syllables"] if row["part"] == part] for part in ("onset", "rime")
    }
    return frozenset(onset + rime for onset in ("", *parts["onset"]) for rime in parts["rime"])


def _toneless() -> dict[int, str]:
    letters = {}
    for code in range(0xC0, 0x1EFA):
        marks = unicodedata.normalize("NFD", chr(code))
        bare = unicodedata.normalize("NFC", "".join(mark for mark in marks if mark not in TONES))
        if bare != chr(code) and len(bare) == 1:
            letters[code] = bare
    return letters


TONELESS = _toneless()
TONED = "".join(letter for letter in map(chr, TONELESS) if letter.islower())
CAPITAL = rf"[{TONED}\p{{Lu}}]"
# Words in which no other small letter stands, one behind the other.
CAPITALS = regex.compile(rf"(?<!\p{{L}}){CAPITAL}+(?!\p{{L}})(?:\P{{L}}+{CAPITAL}+(?!\p{{L}}))*")
ONLY_LETTERS = re.compile(r"[^\W\d_]+")
# What stands in Latin-1 and in no Vietnamese word, which a text that was read wrongly is full of; Eth is taken for D
# with stroke by many a keyboard.
VOWELS = frozenset((*"aeiouy", "\xe2", "\xea", "\xf4"))
LATIN = [chr(code) for code in range(0x80, 0x100) if code not in (0xA0, 0xD0, 0xF0)]
# What right texts write beside letters, so that it makes syllables by chance: "µm", "m×n", "£m" as "àm", "mìn", "Êm".
MEASURES = "\xa2\xa3\xa5\xb0\xb1\xb2\xb3\xb5\xb7\xbc\xbd\xbe\xd7\xf7\xd8\xf8"
UNLETTERED = {ord(sign): " " for sign in MEASURES if not sign.isalpha()}
HYPHEN = "\xad"  # "ư" of TCVN3 within a word, and invisible where right texts have it
STRANGE = re.compile(
    "[" + "".join(c for c in LATIN if c.lower().translate(TONELESS) not in VOWELS and c not in MEASURES) + "]"
)
# What lets a piece be read otherwise though no word of it gets better: in a text that is right elsewhere, and in one
# that is wrong throughout.
TELLING = re.compile(f"(?!{HYPHEN}){STRANGE.pattern}")
UNUSUAL = re.compile(f"[^\x00-\x7f{HYPHEN}{MEASURES}]")
# Letters that only Unicode has, but for D with stroke, which readers of old fonts write among codes.
BEYOND = re.compile(r"(?![\u0110\u0111])[\u0100-\u02ff\u1e00-\u1eff]")


@dataclass(frozen=True, slots=True)
class Doubt:
    """What speaks against a text: the share of its words that are Vietnamese syllables or of its letters that are
    Latin, and whether it can be read at all, as another language in Latin letters can."""

    of: Literal["words", "letters"]
    share: float
    legible: bool


def doubt(text: str, book: Rulebook) -> Doubt | None:
    """None for a text that is Vietnamese or too short to tell."""
    step = max(1, len(text) // SAMPLES)
    samples = [text[start : start + min(step, SAMPLE)] for start in range(0, len(text), step)]
    words = [word for sample in samples for word in WORD.findall(sample.translate(UNLETTERED))]
    found = [word for word in words if _is_syllable(word, book)]
    letters = sum(sum(map(str.isalpha, sample)) for sample in samples)
    foreign = sum(len(FOREIGN.findall(sample)) for sample in samples)
    # An agreement in two languages is Vietnamese for a good part.
    if letters >= LEAST_LETTERS and foreign > FOREIGN_SHARE * letters and sum(map(len, found)) < HARDLY * letters:
        return Doubt("letters", 1 - foreign / letters, legible=False)
    # Without spaces, or with other signs in their place, there are few words however much is written.
    if len(words) < LEAST_WORDS and sum(map(len, words)) < LEAST_WORDS * LONGEST:
        return None
    if len(found) >= HARDLY * len(words):
        return None
    plain = sum(bool(PLAIN.fullmatch(word)) for word in words)
    return Doubt("words", len(found) / len(words), legible=plain >= LEGIBLE * len(words))


# --- bytes ----------------------------------------------------------------------------------------------------------


def decode(path: str, data: bytes, declared: str | None, book: Rulebook) -> tuple[str, tuple[Problem, ...]]:
    """Text of the bytes, and what was wrong with them.

    By byte order mark, as UTF-16 where every other byte is NUL, as UTF-8; a line that is no UTF-8 in whichever encoding
    makes the most of its words syllables, the declared one among them.  Bytes without a meaning become U+FFFD with a
    Problem; lone surrogates stay.  Raises UnreadableFile for what is no text.
    """
    for mark, encoding in BOMS:
        if data.startswith(mark):
            return _checked(path, _surely(data[len(mark) :], encoding)), ()
    if doubled := _doubled(data):
        return _checked(path, _surely(data, doubled)), ()
    try:
        return _checked(path, data.decode("utf-8", "surrogatepass")), ()
    except UnicodeDecodeError:
        text = _by_lines(data, declared, book)
    damaged = text.count("\ufffd")
    problems = (Problem("text", f"{damaged} places are not UTF-8"),) if damaged else ()
    return _checked(path, text), problems


def _by_lines(data: bytes, declared: str | None, book: Rulebook) -> str:
    encodings = ([declared] if _is_known(declared) else []) + ["utf-8", "cp1258", "cp1252"]
    ways: list[Callable[[bytes], str]] = [partial(str, encoding=encoding, errors="replace") for encoding in encodings]
    ways += [
        lambda line: from_tcvn3(line.decode("latin-1"), book),
        lambda line: _vni(line.decode("cp1252", "replace"), book),
    ]
    lines: list[str | bytes] = []
    gained = [0] * len(ways)
    for line in data.splitlines(keepends=True):
        try:
            lines.append(line.decode("utf-8", "surrogatepass"))
            gained[encodings.index("utf-8")] += not line.isascii()
        except UnicodeDecodeError:
            lines.append(line)
            for number, way in enumerate(ways):
                gained[number] += _counted(way(line), book)[0]
    # A line of which two ways make as much is read as the others are.
    ways = [ways[number] for number in sorted(range(len(ways)), key=lambda number: -gained[number])]
    return "".join(line if isinstance(line, str) else _best(line, ways, book) for line in lines)


def _best(line: bytes, ways: list[Callable[[bytes], str]], book: Rulebook) -> str:
    return max((way(line) for way in ways), key=lambda text: share(text, book))


def _surely(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding, "surrogatepass")
    except UnicodeDecodeError:  # a byte is missing at the end, or worse
        return data.decode(encoding, "replace")


def _doubled(data: bytes) -> str | None:
    """The encoding of a text of two bytes a letter without a byte order mark."""
    if len(data) < LEAST_BYTES:
        return None
    even, odd = (data[start:FIRST:2].count(0) / len(data[start:FIRST:2]) for start in (0, 1))
    if even < FEW and odd > MANY:
        return "utf-16-le"
    return "utf-16-be" if odd < FEW and even > MANY else None


def _is_known(encoding: str | None) -> bool:
    """Whether it is an encoding of text."""
    try:
        return bool(encoding) and isinstance(str(b"ab", encoding or "", "replace"), str)
    except (LookupError, ValueError):
        return False


def _checked(path: str, text: str) -> str:
    if len(CONTROL.findall(text)) > BINARY_SHARE * len(text) or 2 * text.count("\0") > len(text) > 0:
        raise UnreadableFile(path, "is binary data, not text")
    return text


# --- letters --------------------------------------------------------------------------------------------------------


def mended(text: str, book: Rulebook) -> list[tuple[int, int, str]]:
    """Pieces of a text (lines, cells) whose letters were taken for those of another encoding, as (start, end, right
    reading), in order.  Nothing is mended where no reading is much better, which is nearly always."""
    gained = dict.fromkeys(READINGS, 0)
    strange = STRANGE.search(text)
    while strange:
        start = max(text.rfind(sign, 0, strange.start()) for sign in APART) + 1
        piece = PIECE.match(text, start)
        if piece and (best := _better(piece[0], READINGS, book, GAIN)):
            gained[best[0]] += best[2]
        strange = STRANGE.search(text, piece.end() if piece else strange.end())
    believed = {name: READINGS[name] for name, words in gained.items() if words >= LEAST_GAINED}
    if not believed:
        return []
    telling = TELLING if BEYOND.search(text) else UNUSUAL
    return [
        (match.start(), match.end(), best[1])
        for match in PIECE.finditer(text)
        if not match[0].isascii()
        and (best := _better(match[0], believed, book, 0.0, ties=bool(telling.search(match[0]))))
    ]


Reading = Callable[[str, Rulebook], str | None]


def _better(
    piece: str, readings: Mapping[str, Reading], book: Rulebook, gain: float, *, ties: bool = False
) -> tuple[str, str, int] | None:
    """Name, text and syllables gained of the reading that makes the share of syllables better by more than `gain`;
    `ties`: or by just as much."""
    if BEYOND.search(piece):
        return None
    before, words = _counted(piece, book)
    best, most = None, before / words + gain if words else 0.0
    if most >= 1 and not ties:
        return None
    for name, reading in readings.items():
        text = reading(piece, book)
        if text is None or text == piece:
            continue
        after, count = _counted(text, book)
        if count and (after / count > most or (after / count == most and ties and best is None)):
            best, most = (name, text, after - before), after / count
    return best


def from_tcvn3(piece: str, book: Rulebook) -> str:
    """A text whose codes of TCVN3 were taken for Latin-1, in its letters.

    Most capitals with a tone mark have no codes in its fonts, so that titles are typed with small ones among capitals:
    "KÕ HO¹CH" is "KẾ HOẠCH".  "Hµ" by itself is "Hà", beside "GIANG" it is "HÀ".
    """
    return CAPITALS.sub(lambda run: _capitals(run, book), piece.translate(_codes(book)))


def _capitals(run: regex.Match[str], book: Rulebook) -> str:
    """Words of capitals and small letters with a tone mark, as capitals where one of them is surely in capitals."""
    text = run[0]
    words = list(ONLY_LETTERS.finditer(text))
    if not any(_is_title(word[0], book) for word in words):
        return text
    # In "ở HÀ GIANG. Sở Tài chính" the first word and the fourth belong to what stands around the capitals.
    start = next(word.start() for word in words if not word[0].islower())
    goes_on = ONLY_LETTERS.search(run.string, run.end())
    end = max(word.end() for word in words if not goes_on or word[0].isupper() or _is_title(word[0], book))
    return text[:start] + text[start:end].upper() + text[end:]


@lru_cache(maxsize=65_536)
def _is_title(word: str, book: Rulebook) -> bool:
    # Abbreviations are no syllables, but for "VI" and the like.
    is_long = len(word) > 2 or not word.isascii()
    return is_long and any(map(str.isupper, word[1:])) and _is_syllable(word.upper(), book)


@cache
def _codes(book: Rulebook) -> dict[int, str]:
    return {int(row["code"], 16): row["letter"] for row in book.tables["tcvn3"]}


def _vni(piece: str, book: Rulebook) -> str:
    letters, written = _pairs(book)
    return written.sub(lambda match: letters[match[0]], piece)


@cache
def _pairs(book: Rulebook) -> tuple[dict[str, str], re.Pattern[str]]:
    """What is written for each letter, in small and capital letters (the mark of a capital may be small)."""
    letters: dict[str, str] = {}
    for row in book.tables["vni"]:
        written, letter = row["written"], row["letter"]
        letters |= {written: letter, written.upper(): letter.upper(), written[0].upper() + written[1:]: letter.upper()}
    longest = sorted(letters, key=len, reverse=True)
    return letters, re.compile("|".join(map(re.escape, longest)))


def _reread(encoding: str) -> Reading:
    def read(piece: str, book: Rulebook) -> str | None:
        try:
            return bytes(BYTES[letter] for letter in piece).decode(encoding)
        except (KeyError, UnicodeDecodeError):
            return None

    return read


# What browsers take bytes for that windows-1252 leaves open: the control characters of Latin-1.
BYTES = {chr(byte): byte for byte in range(256)}
BYTES |= {letter: byte for byte in range(256) if (letter := bytes([byte]).decode("cp1252", "ignore"))}
READINGS: dict[str, Reading] = {
    "TCVN3": from_tcvn3,
    "VNI": _vni,
    "UTF-8": _reread("utf-8"),
    "windows-1258": _reread("cp1258"),
}
