"""Modals: decisions first of all. None acts on a key that was pressed before it could be read."""
