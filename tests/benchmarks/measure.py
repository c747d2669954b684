"""Figures, and the interleaving by which two things are compared fairly on a machine that does not stand still."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured thing: what it came to, in words, and `reached` against the `floor` that was promised.

    Both are such that more is better.
    """

    name: str
    shown: str
    reached: float
    floor: float

    def __str__(self) -> str:
        verdict = "ok" if self.reached >= self.floor else "short"
        return f"{self.name:<66} {self.shown:>34} {_short(self.reached):>9} {_short(self.floor):>8}  {verdict}"


@dataclass(frozen=True, slots=True)
class Rates:
    """How often a second two things were done, each the median of its turns, and the median of the turns' ratios."""

    one: float
    other: float
    ratio: float

    def __str__(self) -> str:
        return f"{self.one:,.0f}/s against {self.other:,.0f}/s"


def heading() -> str:
    """Name the columns."""
    return f"{'':<66} {'figure':>34} {'ratio':>9} {'floor':>8}"


def rate(act: Callable[[], int]) -> float:
    """Run something that says how much it did; give how much that is in a second."""
    begun = time.perf_counter()
    done = act()
    return done / (time.perf_counter() - begun)


def interleaved(one: Callable[[], float], other: Callable[[], float], *, turns: int = 5) -> Rates:
    """Let two things take turns, A B A B, so that what slows the machine slows both."""
    pairs = [(one(), other()) for _ in range(turns)]
    return Rates(
        one=statistics.median(first for first, _ in pairs),
        other=statistics.median(second for _, second in pairs),
        ratio=statistics.median(first / second for first, second in pairs),
    )


def median_seconds(act: Callable[[], object], *, times: int) -> float:
    """Give how long something takes at the median, after it was done twice for nothing."""
    spans = []
    for _ in range(times + 2):
        begun = time.perf_counter()
        act()
        spans.append(time.perf_counter() - begun)
    return statistics.median(spans[2:])


def show(figures: Iterable[Figure]) -> bool:
    """Print figures as they come; say whether all are what was promised."""
    good = True
    for figure in figures:
        print(figure, flush=True)
        good = good and figure.reached >= figure.floor
    return good


def _short(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.2f}"
