"""Figures of a benchmark: a ratio against a baseline measured in the same run, with its spread."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Figure:
    """`ours` and `baseline` hold one value a round, in `unit`; a round measures both, one after the other.

    `reach` is the ratio that is wanted. With `smaller_is_better` (times) it is the most that is allowed.
    """

    name: str
    unit: str
    ours: Sequence[float]
    baseline: Sequence[float]
    baseline_name: str
    reach: float | None = None
    smaller_is_better: bool = False
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def ratios(self) -> list[float]:
        return [ours / baseline for ours, baseline in zip(self.ours, self.baseline, strict=True)]

    @property
    def ratio(self) -> float:
        return median(self.ratios)

    @property
    def reached(self) -> bool:
        if self.reach is None:
            return True
        return self.ratio <= self.reach if self.smaller_is_better else self.ratio >= self.reach

    def __str__(self) -> str:
        low, high = spread(self.ratios)
        wanted = "" if self.reach is None else f", to reach {'<=' if self.smaller_is_better else '>='} {self.reach:g}x"
        lines = [
            f"{self.name}: {self.ratio:.2f}x ({low:.2f} to {high:.2f} in {len(self.ours)} rounds{wanted})",
            f"  ours      {median(self.ours):>12,.1f} {self.unit}",
            f"  baseline  {median(self.baseline):>12,.1f} {self.unit}, {self.baseline_name}",
        ]
        return "\n".join([*lines, *(f"  {name}: {text}" for name, text in self.notes.items())])


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def spread(values: Sequence[float]) -> tuple[float, float]:
    """The least and the greatest."""
    return min(values), max(values)


def rounds(count: int, ours: Callable[[], float], baseline: Callable[[], float]) -> tuple[list[float], list[float]]:
    """Measures both `count` times in turn, each round beginning with the other one."""
    measured: tuple[list[float], list[float]] = ([], [])
    for number in range(count):
        for which, measure in sorted(enumerate((ours, baseline)), reverse=bool(number % 2)):
            measured[which].append(measure())
    return measured
