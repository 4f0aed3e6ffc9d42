"""Metrics: pure functions over facts, a module a family (section 8 of prometheus_arquitetura.md).

Documents become facts (`facts`, `reading`), a fold keeps the facts up to date (`fold`), each family makes a
page of figures and charts from the facts of a period (`model`). What each number means is in docs/metrics.md.
"""
