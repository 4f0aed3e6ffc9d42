"""How every child of the line is started, watched and ended (design.md, "Threads and processes").

`keeper` and what it imports run under `python -I -S` and know the standard library only.
"""
