"""Repair of a damaged store, apart from the store itself: no process needs it but the one that repairs."""

from __future__ import annotations

from store.journal.repair_files import RepairPlan
from store.journal.repair_plan import plan_repair
from store.journal.repairing import repair

__all__ = ["RepairPlan", "plan_repair", "repair"]
