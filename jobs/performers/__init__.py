"""Who does an actor's step; the same input and output documents whoever does it."""
