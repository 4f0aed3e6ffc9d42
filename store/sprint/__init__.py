"""MS_Sprint: recipes as sequences of tasks, and what their work brings up (ms_sprint_receitas.md).

`store.sprint.service.Sprints` is the way in. It is not imported here: MS_Backlog's own rules need single
modules of this package.
"""

# Whichever of the two packages is named first: MS_Backlog's modules are there before those that need them.
import store.backlog  # noqa: F401
