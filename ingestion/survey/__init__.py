"""Survey exports (SPSS, Stata, Excel, CSV) → normalised answers and response quality; see docs/surveys.md."""
