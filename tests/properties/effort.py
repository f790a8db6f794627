"""How hard the properties are tried: a few fixed examples in CI, as many as wanted by REFORM_PROPERTY_EXAMPLES."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

_WANTED = os.environ.get("REFORM_PROPERTY_EXAMPLES")

#: Without the variable the examples are the same in every run, so that CI fails for a change and not for luck.
EFFORT = settings(
    max_examples=int(_WANTED or 5),
    derandomize=_WANTED is None,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
