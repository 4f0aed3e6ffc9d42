"""A release: its tests against the plan, its manifest and its files."""

from __future__ import annotations

from textual.content import Content

from screens.evidence import report as tests
from screens.evidence import values
from screens.evidence.layout import DIM, STRONG, WARN, Field, blank, field, fields, flow, heading, span, table
from screens.evidence.shapes import contexto, files, report
from screens.evidence.spec_version import version
from screens.evidence.values import at
from store.views.model import Document, ItemDetail

_DIGEST = 12
_FILES = 8


def evidence(detail: ItemDetail, history: Field, width: int) -> list[Content]:
    """What there is to see before a release is approved: red first, then what it holds."""
    found = report(detail)
    lines = [*_verdict(detail, found, width), blank()]
    if found is not None and tests.failing(found):
        lines += [*tests.failures(found, width), blank()]
    run = tests.measured(found) if found is not None else field("Run")
    lines += fields([*identity(detail), run, version(detail), history], width)
    listed = file_table(detail.release, width, _FILES)
    return [*lines, blank(), *listed] if listed else lines


def _verdict(detail: ItemDetail, found: Document | None, width: int) -> list[Content]:
    if found is not None:
        return flow([tests.verdict(found), tests.coverage(found, planned(detail))], width)
    passed = contexto(detail).get("testes_passaram")
    if passed is None:
        return [span("No test report came with this release.", DIM)]
    coverage = span(f"{values.percent(contexto(detail).get('cobertura'))} coverage", DIM)
    return flow([span("✓ tests passed" if passed else "✗ tests failed", STRONG), coverage], width)


def planned(detail: ItemDetail) -> object:
    """The coverage that the price planned, in percent, or what the spec asks for."""
    return (
        at(detail.recursos, "teste", "cobertura_planejada_pct")
        or at(detail.execucao, "estimado", "cobertura_planejada_pct")
        or at(detail.spec, "cobertura_planejada_pct")
    )


def identity(detail: ItemDetail) -> list[Field]:
    """The release's name, its manifest's digest, and which release it replaces."""
    release = detail.release or {}
    name = release.get("id") or contexto(detail).get("release_ref") or detail.item.get("release_ref")
    digest, signer = manifest_digest(release), str(at(release, "assinatura", "impressao") or "")
    replaced = release.get("substitui_release")
    return [
        field(
            "Release",
            span(name, STRONG) if name else None,
            span(f"replaces {replaced}", DIM) if replaced else None,
        ),
        field("Same as", _identical(release)),
        field("Manifest", span(f"sha256 {digest[:_DIGEST]}…") if digest else None, _amount(release)),
        field("Signed", span(f"by {signer[:_DIGEST]}… (ed25519)") if signer else None),
    ]


def _identical(release: Document) -> Content | None:
    """A repair that came out byte-identical has changed nothing; the owner must know."""
    twin = release.get("identica_a")
    return span(f"! byte for byte {twin}: nothing was changed", WARN) if twin else None


def manifest_digest(release: Document) -> str:
    """The digest of the release's manifest, in hex; empty where there is none."""
    return str(release.get("manifesto_sha256") or "")


def _amount(release: Document) -> Content | None:
    entries = files(release)
    if not entries:
        return None
    total = sum(length or 0 for _, _, length in entries)
    text = values.count(len(entries), "file", "files")
    return span(f"{text}, {values.size(total)}" if total else text, DIM)


def file_table(release: Document | None, width: int, limit: int) -> list[Content]:
    """The release's files with size and the start of their digest; at most `limit`."""
    entries = files(release)
    rows = [
        [span(path), span(values.size(length) if length is not None else ""), span(digest[:_DIGEST], DIM)]
        for path, digest, length in entries[:limit]
    ]
    if not rows:
        return []
    more = [span(f"and {len(entries) - limit} more", DIM)] if len(entries) > limit else []
    return [heading("Files"), *table(rows, width, right=(1,)), *more]
