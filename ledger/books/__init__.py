"""The double-entry core: accounts, journal, balances, periods and verification."""
