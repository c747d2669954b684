"""What this machine lacks for making PDF documents, tried in a process of its own.

Of its own, because without any font on the machine Pango does not fail: it kills the process.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ledger.adapters import weasyprint_pdf
from ledger.errors import Unavailable
from ledger.templating import TEMPLATES

PATIENCE: Final = 120
"""Seconds for the trial: the first import on a slow machine takes several."""

SAMPLE: Final = "<p>12\u202f345,67\u202f€, Écot, œuvre, Łódź</p>"
MISSING: Final = {"pdf_libraries_missing": "pango", "pdf_fonts_missing": "fonts"}


def doctor(templates: Path = TEMPLATES) -> tuple[str, ...]:
    """Name what is missing: `pango`, `harfbuzz-subset`, `fonts`, or `disk` (nothing can be written); all well is empty.

    Without `harfbuzz-subset` documents are made all the same, more than twice as slowly.
    """
    command = [sys.executable, "-W", "ignore", "-m", __name__, str(templates)]
    done = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False)  # noqa: S603 - our own module
    if done.returncode < 0:
        return ("fonts",)
    if done.returncode:
        raise RuntimeError(done.stderr.decode(errors="replace"))
    return tuple(json.loads(done.stdout))


def main(arguments: Sequence[str]) -> int:
    """Make one document, and write to standard output what was missing, as a JSON list."""
    missing = []
    try:
        weasyprint_pdf.WeasyPrintPdf(Path(arguments[0])).render(SAMPLE, title="Écot", locale="fr")
    except Unavailable as error:
        missing.append(MISSING.get(error.reason, "disk"))
    else:
        from ledger.adapters import weasyprint_engine  # noqa: PLC0415 - only now is it known to load

        if weasyprint_engine.subsetter_missing():
            missing.append("harfbuzz-subset")
    sys.stdout.write(json.dumps(missing))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
