"""Which parser reads which source."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ingestion import annex, papi, pci
from ingestion.portal import reading as portal
from warehouse.environment import is_machines_fault
from warehouse.errors import Misused, ReformError, Refusal, Refused
from warehouse.figures import ParsedBatch, SourceDocument

Parser = Callable[[SourceDocument, Path], ParsedBatch]

#: The sources of figures; each is a landing folder. A new one is a layout file, a parser and a line here.
PARSERS: dict[str, Parser] = {
    "annex": annex.parse,
    "papi": papi.parse,
    "pci": pci.parse,
    "portal": portal.parse,
    portal.STANDIN: portal.parse,
}


def parser_for(source: str) -> Parser:
    """The parser of `source`.

    Raises:
        Misused: no source has that name.
    """
    try:
        return PARSERS[source]
    except KeyError:
        raise Misused(f"there is no source {source!r}; the sources are: {', '.join(sorted(PARSERS))}") from None


def parse_document(document: SourceDocument, path: Path) -> ParsedBatch:
    """Read an archived document.

    Raises:
        Refused: the document cannot be read as a table of its source; nothing was guessed.
        Misused: the document's source has no parser.
        OSError: the disk is full or not readable; of the document that says nothing.
    """
    try:
        return parser_for(document.source)(document, path)
    except ReformError:
        raise
    except Exception as error:
        if is_machines_fault(error):
            raise
        # A parser that fails on hostile or unforeseen content is our fault, but the owner must still get a sentence.
        raise Refused(
            Refusal(
                file_name=document.file_name,
                rule="unreadable",
                found=f"{type(error).__name__}: {error}"[:300],
                expected="a table in a form this project knows",
                text_en="the file could not be read; this is a gap in the reader and worth reporting",
                text_vi="không đọc được tệp; đây là thiếu sót của trình đọc, xin báo lại",
                action="send the file to the maintainers; the other files were not affected",
            )
        ) from error
