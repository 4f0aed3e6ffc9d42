"""Tests of what the line builds: generated from the spec before the code exists, shown red, then really run.

`model_tests` and `decision_tests` generate them; `runner` runs them through a `Spawn` and gives a
`TestReport`.
"""
