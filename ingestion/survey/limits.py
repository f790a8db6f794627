"""How large a survey export may be: some fourteen times the largest SIPAS wave, at most.

SIPAS asked 36,525 citizens in 2024 with 103 indicators.
"""

from __future__ import annotations

MAX_EXPORT_BYTES = 1_000_000_000
MAX_VARIABLES = 3_000
MAX_ROWS = 5_000_000
#: Rows of an export with one row a respondent and question.
MAX_LONG_ROWS = 6_000_000
#: Cells of a workbook: calamine holds a sheet whole, 60 columns of 80,000 respondents is what fits.
MAX_WORKBOOK_CELLS = 5_000_000
#: Of the reading process: CPU seconds for the shape and for the data, resident bytes, and bytes it may write.
SHAPE_CPU_SECONDS = 30
DATA_CPU_SECONDS = 600
MAX_RESIDENT_BYTES = 1_400_000_000
MAX_WRITTEN_BYTES = 8_000_000_000
#: Rows looked at to tell the encoding and what looks like an identifier.
SAMPLE_ROWS = 2_000
SAMPLE_TEXTS = 4_000
