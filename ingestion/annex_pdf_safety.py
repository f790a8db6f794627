"""What is asked of a PDF before anything in it is interpreted: complete, open to read, and of an annex's size."""

from __future__ import annotations

import base64
import io
import logging
import zlib
from pathlib import Path
from typing import Any

from ingestion.annex_refusing import refuse_annex
from warehouse.errors import Refused

#: The longest real ministry annexes have some tens of pages and a few megabytes.
MAX_PDF_BYTES = 20_000_000
MAX_PAGES = 300
#: Bytes of all text, font and object streams together, once unpacked; pictures are never unpacked.
MAX_UNPACKED_BYTES = 60_000_000
#: Ruling lines on one page; finding cells takes the square of it.
MAX_RULES = 4_000


def is_pdf(path: Path) -> bool:
    """Whether the file says so itself; some programs write a few bytes before the mark."""
    with path.open("rb") as reading:
        return b"%PDF-" in reading.read(1024)


def inspect_pdf(path: Path, file_name: str) -> None:
    """Refuse what must not be interpreted.

    Raises:
        Refused: too large, too long, encrypted, broken, or unpacking to more than an annex can hold.
    """
    size = path.stat().st_size
    if size > MAX_PDF_BYTES:
        raise refuse_annex(
            file_name, "pdf_too_long", found=f"{size:,} bytes", expected=f"at most {MAX_PDF_BYTES:,} bytes"
        )
    content = path.read_bytes()
    if b"%%EOF" not in content[-2048:]:
        raise refuse_annex(
            file_name, "pdf_broken", found="the end of the file is missing", expected="a file that ends with %%EOF"
        )
    try:
        pages = _inspect_objects(content, file_name)
    except Refused:
        raise
    except Exception as error:  # pypdf raises whatever the hostile bytes lead to
        raise refuse_annex(
            file_name, "pdf_broken", found=f"{type(error).__name__}: {error}", expected="a complete PDF"
        ) from None
    if not 0 < pages <= MAX_PAGES:
        raise refuse_annex(
            file_name,
            "pdf_too_long" if pages else "pdf_broken",
            found=f"{pages} pages",
            expected=f"1 to {MAX_PAGES} pages",
        )


def _inspect_objects(content: bytes, file_name: str) -> int:
    """Count the pages, after unpacking every stream within a budget: pdfminer itself unpacks without one."""
    from pypdf import PdfReader
    from pypdf.errors import LimitReachedError
    from pypdf.generic import IndirectObject, StreamObject

    # Its warnings about damaged files are about what is refused in words here.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    logging.getLogger("pdfminer").setLevel(logging.ERROR)
    reader = PdfReader(io.BytesIO(content), strict=False)
    # A file that only forbids changes opens with the empty password, for us as for every reader program.
    if reader.is_encrypted and not reader.decrypt(""):
        raise refuse_annex(file_name, "pdf_encrypted", found="a password", expected="a PDF anyone can open")
    unpacked = 0
    for generation, numbers in reader.xref.items():
        for number in numbers:
            item = reader.get_object(IndirectObject(number, generation, reader))
            if not isinstance(item, StreamObject) or item.get("/Subtype") == "/Image":
                continue
            try:
                unpacked += len(item.get_data())
            except LimitReachedError:
                unpacked = MAX_UNPACKED_BYTES + 1
            else:
                _require_whole(item, file_name, f"object {number}")
            if unpacked > MAX_UNPACKED_BYTES:
                raise refuse_annex(
                    file_name,
                    "pdf_bomb",
                    found="more than the limit",
                    place=f"object {number}",
                    expected=f"streams of at most {MAX_UNPACKED_BYTES:,} bytes, unpacked",
                )
    pages = len(reader.pages)
    page_tree: Any = reader.root_object["/Pages"].get_object()
    promised = page_tree.get("/Count")
    if promised != pages:
        raise refuse_annex(
            file_name, "pdf_broken", found=f"{pages} pages", expected=f"the {promised} pages its page tree promises"
        )
    return pages


def _require_whole(stream: Any, file_name: str, place: str) -> None:
    """Deflated data carries a checksum, and both libraries read on without a word where it fails: rows would vanish."""
    filters = stream.get("/Filter")
    names = [filters] if isinstance(filters, str) else list(filters or ())
    packed = bytes(stream._data)  # pypdf has no public name for the bytes before unpacking
    if names[:1] == ["/ASCII85Decode"]:
        packed = base64.a85decode(packed.strip().removeprefix(b"<~").removesuffix(b"~>"))
        names = names[1:]
    if names[:1] != ["/FlateDecode"]:
        return
    unpacker = zlib.decompressobj()
    try:
        unpacker.decompress(packed, MAX_UNPACKED_BYTES)
        is_whole = unpacker.eof
    except zlib.error:
        is_whole = False
    if not is_whole:
        raise refuse_annex(
            file_name,
            "pdf_broken",
            found="a stream that does not match its checksum",
            place=place,
            expected="every part of the file as it was written",
        )
