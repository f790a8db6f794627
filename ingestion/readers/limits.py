"""How large an index document may be. Generous for what ministries publish, small for what an attacker needs.

The largest real workbook has 556,544 bytes, 13 sheets and 30,000 cells.
"""

from __future__ import annotations

#: Bytes of a workbook, and of a delimited text, as received.
MAX_WORKBOOK_BYTES = 50_000_000
MAX_CSV_BYTES = 50_000_000
#: Bytes all members of a zip container unpack to, together.
MAX_UNPACKED_BYTES = 256_000_000
#: Unpacked over packed bytes; only asked of members that unpack to more than `RATIO_MATTERS_ABOVE` bytes, because
#: small runs of equal XML honestly pack a hundredfold.
MAX_UNPACK_RATIO = 200
RATIO_MATTERS_ABOVE = 5_000_000
MAX_MEMBERS = 2_000
#: Cells of the rectangle around a sheet's content; readers allocate the rectangle, not the content.
MAX_SHEET_CELLS = 500_000
MAX_WORKBOOK_CELLS = 1_000_000
MAX_CSV_ROWS = 1_000_000
MAX_CSV_COLUMNS = 5_000
