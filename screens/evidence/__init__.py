"""Documents become text here: pure functions from `ItemDetail` and a width to Content, without markup."""
