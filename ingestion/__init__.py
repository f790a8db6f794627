"""Sources: from received bytes to typed figures that know their cell. Imports no Airflow."""

import os

# openpyxl reads with defusedxml and writes with the standard library: lxml, which python-docx brings along, would take
# the place of both, and write the same workbook in other bytes. openpyxl asks this when it is first imported.
os.environ.setdefault("OPENPYXL_LXML", "False")
