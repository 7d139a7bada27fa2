"""What a rule captured -> a typed value.

VALUES maps the value name of a fragment to a pure function of the captured text (a piece of the shadow: tone marks in
the old placement, dashes as "-", single spaces).  A new kind of value is a function here and a line in this dict.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .number import number
from .time import day, month, quarter, year

VALUES: dict[str, Callable[[str], Any]] = {
    "text": str.strip,
    "number": number,
    "year": year,
    "month": month,
    "quarter": quarter,
    "day": day,
}
