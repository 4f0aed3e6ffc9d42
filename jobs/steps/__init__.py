"""The work of the actors' steps: runs in a process of its own, on plain documents, without a store."""
