"""The command line: ecot."""
