"""MS_Sprint: recipes as sequences of tasks, and what their work brings up (ms_sprint_receitas.md).

`store.sprint.service.Sprints` is the way in. It is not imported here: MS_Backlog's own rules need single
modules of this package.
"""
