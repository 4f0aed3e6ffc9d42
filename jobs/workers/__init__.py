"""The workers: each turns one vertente of a spec into a package, with the same bytes for the same version."""
