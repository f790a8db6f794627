"""Draw `respondents.csv`, the small survey both R and we estimate from.

    python -m tests.ingestion.survey.r_survey.draw

Made up by us. Two units, strata of unequal size, one stratum of a single cluster (u2/b), clusters of unequal size, a
question nobody in unit u2 is dissatisfied with, blanks.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

FILE = Path(__file__).parent / "respondents.csv"


def main() -> None:
    """Write the file."""
    random = np.random.default_rng(20261124)
    rows = []
    for unit, stratum, clusters in (("u1", "a", 4), ("u1", "b", 3), ("u2", "a", 5), ("u2", "b", 1)):
        for number in range(clusters):
            level = random.beta(8, 3)
            for _ in range(int(random.integers(6, 14))):
                answers = [
                    int(random.choice([4, 5])) if random.random() < level else int(random.choice([1, 2, 3]))
                    for _ in range(2)
                ]
                blank = ["" if random.random() < 0.08 else str(answer) for answer in answers]
                third = str(random.choice([4, 5])) if unit == "u2" else str(answers[0])
                sex = str(random.choice(["male", "female"]))
                weight = f"{random.lognormal(3, 0.4):.4f}"
                rows.append([unit, f"{unit}/{stratum}", f"{unit}/{stratum}{number}", weight, sex, *blank, third])
    with FILE.open("w", encoding="utf-8", newline="") as writing:
        out = csv.writer(writing, lineterminator="\n")
        out.writerow(["unit_code", "stratum", "cluster", "weight", "sex", "q1", "q2", "q3"])
        out.writerows(rows)


if __name__ == "__main__":
    main()
