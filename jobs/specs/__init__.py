"""Specs: the file that a product owner writes, read, checked, and frozen as immutable versions.

`reading.read_spec` reads a file, `checking.check_spec` checks it against its own parts and the other specs,
`freezing.freeze` keeps an immutable copy, and `adding.add_specs` does it all. The format is described in
docs/spec-format.md.
"""
