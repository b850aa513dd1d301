"""The program behind tests/run: builds, runs the chosen groups of tests, reports."""
