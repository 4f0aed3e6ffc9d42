"""Decision tables: FEEL cells, DMN and YAML in, analysis, evaluation and plain Python out."""

from jobs.feel.analysis import Analysis, DeadRule, Gap, Overlap, analyse
from jobs.feel.decide import Decision, NoRule, evaluate
from jobs.feel.dmn_read import tables_from_dmn
from jobs.feel.errors import DecisionError, FeelError, InvalidInput, OutOfRange, RuleConflict
from jobs.feel.table import Aggregation, HitPolicy, Input, Output, Rule, Table
from jobs.feel.table_yaml import table_from_yaml

__all__ = [
    "Aggregation",
    "Analysis",
    "DeadRule",
    "Decision",
    "DecisionError",
    "FeelError",
    "Gap",
    "HitPolicy",
    "Input",
    "InvalidInput",
    "NoRule",
    "OutOfRange",
    "Output",
    "Overlap",
    "Rule",
    "RuleConflict",
    "Table",
    "analyse",
    "evaluate",
    "table_from_yaml",
    "tables_from_dmn",
]
