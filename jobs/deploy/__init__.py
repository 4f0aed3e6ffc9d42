"""Deployment to versioned directories: what is live changes by one rename, and can always go back.

    <target>/current -> versions/<name>      what is live
    <target>/versions/<name>/release/        a verified copy of the release
                             config.json     the target's configuration
                             deployment.json which release, after which version
    <target>/versions/failed-<token>.json    a smoke test failed; the record of it
    <target>/.lock                           held while a deployment acts

`deploying.deploy`, `roll_back` and `take_away` commit their intent, take the lock, check their token, act and
return what is to be recorded. After a death at any point the next attempt hands the intent in and is told
what is really there (design.md, "Files first, references second").
"""
