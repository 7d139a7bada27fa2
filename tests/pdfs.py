"""PDF files written by hand: text where it is wanted, ruled lines, pictures, turned and cropped pages.

pdf_of([page(text(72, 90, "Một dòng") + line(72, 100, 300, 100))])
"""

import functools

WIDTH, HEIGHT = 595, 842


def page(
    content: str, *, rotate: int = 0, crop: tuple[int, int, int, int] | None = None, size: str = "595 842"
) -> dict:
    """A page with this content; `crop` is left, bottom, right, top."""
    return {"content": content, "rotate": rotate, "crop": crop, "size": size}


def text(x: float, y: float, words: str, size: float = 12, *, font: str = "F1", matrix: str = "1 0 0 1") -> str:
    """Words whose line stands `y` points below the top of an upright page."""
    return f"BT /{font} {size} Tf {matrix} {x} {HEIGHT - y} Tm <{{{words}}}> Tj ET\n"


def lines(x: float, y: float, texts: list[str], size: float = 12, step: float = 16) -> str:
    return "".join(text(x, y + step * number, each, size) for number, each in enumerate(texts))


def line(left: float, top: float, right: float, bottom: float) -> str:
    """A line, drawn as Word draws them: as a thin filled rectangle."""
    if left == right:
        return f"{left} {HEIGHT - bottom} 0.5 {bottom - top} re f\n"
    return f"{left} {HEIGHT - bottom} {right - left} 0.5 re f\n"


def stroked(left: float, top: float, right: float, bottom: float) -> str:
    """A line, drawn with a pen."""
    return f"0.5 w {left} {HEIGHT - top} m {right} {HEIGHT - bottom} l S\n"


def rules(lefts: list[float], tops: list[float], draw=line) -> str:
    """All the lines of a table without merged cells."""
    out = "".join(draw(lefts[0], top, lefts[-1], top) for top in tops)
    return out + "".join(draw(left, tops[0], left, tops[-1]) for left in lefts)


def picture(left: float = 40, bottom: float = 100, width: float = 500, height: float = 600) -> str:
    """A grey picture."""
    return f"q {width} 0 0 {height} {left} {bottom} cm /I Do Q\n"


def pdf_of(pages: list[dict], *, trailer: str = "", tree: bytes | None = None, mapped: bool = True) -> bytes:
    """The file.  Letters outside ASCII have codes of their own, which ToUnicode maps, unless `mapped` is false."""
    letters = sorted({c for each in pages for c in each["content"] if ord(c) > 126})
    codes = {c: 161 + number for number, c in enumerate(letters)}
    assert len(codes) < 95, "too many letters for one font"
    mapping = "".join(f"<{code:02x}> <{ord(c):04x}>\n" for c, code in codes.items())
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def 1 begincodespacerange <00> <ff> "
        f"endcodespacerange {len(codes)} beginbfchar\n{mapping}endbfchar 1 beginbfrange <20> <7e> <0020> endbfrange "
        "endcmap end end"
    )

    def stream(data: bytes, extra: str = "") -> bytes:
        return f"<< /Length {len(data)} {extra}>>\nstream\n".encode() + data + b"\nendstream"

    def shown(content: str) -> bytes:
        out, rest = [], content
        while "{" in rest:
            before, _, rest = rest.partition("{")
            words, _, rest = rest.partition("}")
            out += [before, "".join(f"{codes.get(c, ord(c)):02x}" for c in words)]
        return "".join((*out, rest)).encode("latin-1")

    unicode = " /ToUnicode 4 0 R" if mapped else ""
    box = "/Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8 "
    objects: list[bytes] = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"",
        b"null",
        stream(cmap.encode()),
        # Every letter is half as wide as the font is high.
        "<< /Type /Font /Subtype /Type1 /BaseFont /Courier /FirstChar 0 /LastChar 255 "
        f"/Widths [{'500 ' * 256}]{unicode} >>".encode(),
        stream(b"\x80", box),
    ]
    kids = []
    for each in pages:
        objects.append(stream(shown(each["content"])))
        crop = f"/CropBox [{' '.join(map(str, each['crop']))}] " if each["crop"] else ""
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {each['size']}] {crop}/Rotate {each['rotate']} "
            f"/Contents {len(objects)} 0 R "
            "/Resources << /Font << /F1 5 0 R >> /XObject << /I 6 0 R >> >> >>".encode()
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = tree or f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(kids)}] >>".encode()
    return assembled(objects, trailer)


def assembled(objects: list[bytes], trailer: str = "") -> bytes:
    """Objects as a file with its cross-reference table."""
    out, offsets = b"%PDF-1.4\n", []
    for number, data in enumerate(objects, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n".encode() + data + b"\nendobj\n"
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    count = len(objects) + 1
    end = f"xref\n0 {count}\n0000000000 65535 f \n{table}trailer << /Size {count} /Root 1 0 R {trailer}>>\n"
    return out + f"{end}startxref\n{len(out)}\n%%EOF\n".encode()


@functools.cache
def body(count: int = 9) -> tuple[str, ...]:
    """Lines that fill a page enough not to be taken for a scan."""
    return tuple(f"Dòng {n}: tỷ lệ hộ nghèo giảm so với năm 2020." for n in range(count))
