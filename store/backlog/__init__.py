"""MS_Backlog: the life of an item, by the rules of design.md and sections 1 to 3 of
prometheus_arquitetura.md.
"""

from store.backlog.attempts import Claim, Executor
from store.backlog.broker import PERSON, Backlog

__all__ = ["PERSON", "Backlog", "Claim", "Executor"]
