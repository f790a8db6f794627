"""The suites, one a dataset and one a mart: the list of everything that is checked."""

from __future__ import annotations

from expectations.rules import Suite
from expectations.suites.annex import ANNEX
from expectations.suites.codebook import PAPI_CODEBOOK
from expectations.suites.papi import PAPI_CSV, PAPI_WORKBOOK
from expectations.suites.pci import PCI
from expectations.suites.portal import PORTAL_SUITES

#: Which suite judges the batches of a dataset.
DATASET_SUITES: dict[str, Suite] = {
    suite.name: suite for suite in (PCI, PAPI_CSV, PAPI_WORKBOOK, PAPI_CODEBOOK, ANNEX, *PORTAL_SUITES)
}
