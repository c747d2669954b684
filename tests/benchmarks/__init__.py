"""Measurements: each figure with its ratio to something else measured in the same run, and the floor it must reach.

`make bench` runs them all, `make bench ARGS="posting sealing"` some. Nothing here is a test: a machine that is busy
with other things makes a figure short, not a suite red.
"""
