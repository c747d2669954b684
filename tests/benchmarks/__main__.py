"""Run the measurements, or those that are named."""

from __future__ import annotations

import importlib
import os
import platform
import sys
from typing import Final

from tests.benchmarks import measure

ALL: Final = ("posting", "against_hordak", "importing", "reading", "sealing", "exporting")


def main(names: list[str]) -> int:
    """Print every figure; the answer is 0 when all reach their floors."""
    if unknown := set(names) - set(ALL):
        print(f"there is no {', '.join(sorted(unknown))}; there are: {', '.join(ALL)}", file=sys.stderr)
        return 2
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores")
    print(measure.heading())
    modules = [importlib.import_module(f"tests.benchmarks.{name}") for name in names or ALL]
    good = [measure.show(module.measure()) for module in modules]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
