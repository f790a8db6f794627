"""The suite of the Provincial Competitiveness Index workbooks."""

from __future__ import annotations

from expectations.rules import Suite
from expectations.suites.common import common_rules

PCI = Suite(name="pci", table="figure_pci", rules=common_rules("pci"))
