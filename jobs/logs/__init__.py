"""The line's log: JSON lines with one correlation through all of them (Hephaestus, sections 1.2 and 2.3).

The store's events are the truth of what happened to the work; the log is what a person looks into when
something is slow, failed or odd: the same events, and what no event says (durations, tracebacks, stderr).
"""
