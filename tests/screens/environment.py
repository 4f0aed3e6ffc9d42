"""The environment that snapshots are taken in; imported before Textual, which reads it as it is imported."""

import os
import time

os.environ.update(TEXTUAL_ANIMATIONS="none", TZ="UTC", COLORTERM="truecolor")
for _name in ("NO_COLOR", "TEXTUAL_THEME", "COLUMNS", "LINES"):
    os.environ.pop(_name, None)
time.tzset()

STILL = True
