"""Generated histories: what a workspace would hold after months of work, by a seed, to see its figures.

`chance` draws, `book` keeps documents and events, `items`, `deliveries`, `specs` and `weeks` tell a tale,
`writing` puts it into an empty store, marked as generated for ever.
"""
