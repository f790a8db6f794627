"""Some hundred hostile inputs for each reader; ten thousand are run by hand (docs/fuzzing.md)."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.fuzz_readers import READERS, fuzz


@pytest.mark.parametrize("reader", READERS)
def test_hostile_input_leaves_a_reader_as_figures_or_a_clean_refusal(
    reader: str, tmp_path: Path, shared_data: Path
) -> None:
    del shared_data  # the seeds of XLS are real files
    found = fuzz(reader, 200, 1, tmp_path)
    assert found["faults"] == []
    assert found["inputs"] == 200
    assert found["figures"], "no input was read as figures: the fuzzing gets nowhere"
