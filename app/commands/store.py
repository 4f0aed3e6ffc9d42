"""`oficina store check|export|compact|repair`: the store's files, without the line."""

from __future__ import annotations

import argparse
import dataclasses

from app.invocation import runnable
from app.main import EXIT_DONE, EXIT_FAILED
from app.output import clean, print_json, print_table
from app.wiring import enter, find_paths, trust_of
from jobs.health_files import line_holder
from jobs.line_lease import SchedulerLease
from jobs.workspace import WorkspacePaths
from store.database import Database, Report
from store.database import check as check_store
from store.database import export as export_store
from store.errors import StoreBusy, WrongInput
from store.repairs import RepairPlan, plan_repair
from store.repairs import repair as repair_store


def check(arguments: argparse.Namespace) -> int:
    """Verify every line; exit 1 when something is damaged."""
    report = check_store(find_paths(arguments).store)
    if arguments.json:
        print_json(dataclasses.asdict(report))
    else:
        _say(report)
        if not report.ok:
            print(runnable("`oficina store repair` shows what can be done.", arguments.workspace))
    return EXIT_DONE if report.ok else EXIT_FAILED


def export(arguments: argparse.Namespace) -> int:
    """Write every collection as plain JSON."""
    counts = export_store(find_paths(arguments).store, arguments.dir)
    print_table(["collection", "documents"], sorted(counts.items()), empty="The store is empty.")
    return EXIT_DONE


def compact(arguments: argparse.Namespace) -> int:
    """Merge closed segments into the snapshot; a store that is not trusted is only viewed."""
    workspace = enter(find_paths(arguments).root)
    trust_of(workspace).require(workspace.paths.root)
    seq = Database.compact(workspace.paths.store)
    print("Another process compacts it." if seq is None else f"Compacted up to transaction {seq}.")
    return EXIT_DONE


def repair(arguments: argparse.Namespace) -> int:
    """Show what is damaged and what can be kept; with `--yes`, do it. Exit 1 until it is done."""
    paths = find_paths(arguments)
    if arguments.yes:
        trust_of(enter(paths.root)).require(paths.root)
    try:
        plan, kept = _repaired(paths, arguments)
    except StoreBusy as busy:
        raise WrongInput(f"{busy}: nothing was done", remedy="try again when it is free") from None
    if arguments.json:
        print_json({**_facts(plan), "done": kept is not None})
    elif plan.ok:
        print(f"✓ sound: transaction {plan.seq}; there is nothing to repair")
    else:
        _say_plan(plan, arguments, done=kept is not None)
    return EXIT_DONE if plan.ok or kept is not None else EXIT_FAILED


def _repaired(paths: WorkspacePaths, arguments: argparse.Namespace) -> tuple[RepairPlan, object]:
    """The plan, and where the copies are when it was carried out. Nobody runs the line meanwhile."""
    running = line_holder(paths.line_lock)
    lease = SchedulerLease(paths.line_lock, "repair")
    if running or (arguments.yes and not lease.try_acquire()):
        who = running or lease.holder().titular or "another process"
        raise WrongInput(f"{who} runs the line: nothing was done", remedy="stop it first")
    try:
        plan = plan_repair(paths.store, accept_edits=arguments.accept_edits)
        return plan, repair_store(plan) if arguments.yes else None
    finally:
        lease.release()


def _facts(plan: RepairPlan) -> dict[str, object]:
    """A plan for programs."""
    return {
        "ok": plan.ok,
        "damage": [dataclasses.asdict(each) for each in plan.damage],
        "copies": plan.kept,
        "written": [f"{each.kind} from {each.base} to {each.end - 1}" for each in plan.segments],
        "removed": plan.removed,
        "seq": plan.seq,
        "documents": plan.documents,
    }


def _say_plan(plan: RepairPlan, arguments: argparse.Namespace, *, done: bool) -> None:
    for each in plan.damage:
        print(f"✗ {clean(each)}")
    print(f"! all files as they are {'were copied' if done else 'would be copied'} to {clean(plan.kept)}")
    counts = ", ".join(f"{name} {count}" for name, count in sorted(plan.documents.items()) if count)
    said = "✓ repaired" if done else "! the store would hold"
    print(f"{said}: transaction {plan.seq}; {counts or 'no documents'}")
    if plan.wants_edits:
        print("! with --accept-edits, what was edited is taken as it is")
    if not done:
        edits = " --accept-edits" if arguments.accept_edits else ""
        print(
            runnable(
                f"Nothing was done; run it with --yes: `oficina store repair{edits} --yes`",
                arguments.workspace,
            )
        )


def _say(report: Report) -> None:
    for problem in report.problems:
        print(f"✗ {clean(problem)}")
    for note in report.notes:
        print(f"! {clean(note)}")
    counts = ", ".join(f"{name} {count}" for name, count in sorted(report.documents.items()) if count)
    print(f"{'✓ sound' if report.ok else '✗ damaged'}: transaction {report.seq}; {counts or 'no documents'}")
