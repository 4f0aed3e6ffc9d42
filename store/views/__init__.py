"""What the screens read: immutable rows and counts, folded from committed transactions. No pydantic here."""
