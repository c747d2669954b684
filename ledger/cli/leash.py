"""`python -m ledger.cli.leash COMMAND…`: a command of `ecot` that ends when whoever started it closes its input.

The supervisor of the demo holds the other end of a pipe, so that nothing it started outlives it, even if it is
killed: the system closes the pipe, and the command receives SIGTERM from itself.
"""

from __future__ import annotations

import os
import signal
import threading


def _end_with_input() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    from ledger.cli.main import main

    threading.Thread(target=_end_with_input, daemon=True).start()
    main()
