"""The workers: each turns one vertente of a spec into a package, byte for byte the same for the same version."""
