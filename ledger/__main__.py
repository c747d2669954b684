"""`python -m ledger`: the same as the command `ecot`."""

from ledger.cli.main import main

if __name__ == "__main__":
    main()
