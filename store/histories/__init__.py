"""Generated histories: what a workspace would hold after months of work, by a seed, to see its figures.

`chance` draws, `book` keeps documents and events; `items`, `prices`, `specs`, `building`, `deliveries`,
`sprints`, `children` and `weeks` tell a tale, `present` where it stands at its end, `contents` and `answers`
what is asked and said; `writing` puts it into an empty store, marked as generated for ever.
"""
