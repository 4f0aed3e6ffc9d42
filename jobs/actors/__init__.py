"""The actors' steps: what they read before the work, and what becomes of it in one transaction."""
