"""`oficina capability list|probe`: what specs may need, what of it is there, and probes on demand."""

from __future__ import annotations

import argparse
from typing import Any

from app.main import EXIT_DONE, EXIT_FAILED
from app.output import print_json, print_table
from app.wiring import Shop, opened, secrets_of
from jobs.capabilities import Capability
from jobs.probing import run_now
from jobs.sandbox import Level, trial
from jobs.secrets import Masker
from store.backlog.gaps import COLLECTION
from store.errors import WrongInput
from store.yamlfile import did_you_mean

Doc = dict[str, Any]


def listing(arguments: argparse.Namespace) -> int:
    """Every capability that is defined, with what its probe said last and how it can be brought in."""
    with opened(arguments, readonly=True) as shop:
        found = [_document(shop, each) for each in shop.definitions.capabilities.values()]
        local = shop.local
    if arguments.json:
        print_json(found)
        return EXIT_DONE
    rows = [
        [
            each["nome"],
            each["tipo_recurso"],
            _state(each),
            local(each["adicionada_em"]) if each["adicionada_em"] else "",
            _ways(each),
            " ".join(each["esperada_por"]),
            each["como_obter"],
        ]
        for each in found
    ]
    columns = ["capability", "kind", "state", "there since", "can be", "waited for by", "how to get it"]
    print_table(columns, rows, empty="No capability is defined.")
    return EXIT_DONE


def probe(arguments: argparse.Namespace) -> int:
    """Run probes now, and record what they say; exit 1 when one of them failed."""
    with opened(arguments) as shop:
        wanted = _named(shop, arguments.name)
        shop.backlog.definir_capacidades(
            {nome: each.facts() for nome, each in shop.definitions.capabilities.items()}
        )
        level = trial()
        results = [_probed(shop, each, level) for each in wanted]
    if arguments.json:
        print_json(results)
    else:
        rows = [["✓" if each["passou"] else "✗", each["nome"], each["detalhe"]] for each in results]
        print_table(["", "capability", "what its probe said"], rows, empty="No capability is defined.")
    return EXIT_DONE if all(each["passou"] for each in results) else EXIT_FAILED


def _named(shop: Shop, name: str | None) -> list[Capability]:
    defined = shop.definitions.capabilities
    if name is None:
        return list(defined.values())
    if name not in defined:
        raise WrongInput(f"no capability {name}", path="NAME", remedy=did_you_mean(name, defined))
    return [defined[name]]


def _probed(shop: Shop, capability: Capability, level: Level) -> Doc:
    """Run a probe outside of any transaction, then commit its answer."""
    secrets = secrets_of(shop.config)
    asked = shop.backlog.sonda_pedida(capability.nome)
    approved = {each.name: each.sha256 for each in shop.trust.definitions}
    command = capability.probe_command(shop.workspace.paths.root, secrets, approved)
    said = run_now(command, level)
    detail = Masker(secrets.values())(said.detalhe)
    shop.backlog.registrar_sonda(capability.nome, said.passou, detail, pedido=asked, anunciar=True)
    return {"nome": capability.nome, "passou": said.passou, "detalhe": detail}


def _document(shop: Shop, capability: Capability) -> Doc:
    known = next(iter(shop.db.find(COLLECTION, "nome", capability.nome)), {})
    return {
        "nome": capability.nome,
        **capability.facts(),
        "rede": capability.rede,
        "sonda": known.get("sonda"),
        "verificando": bool(known.get("pedida_em")),
        "adicionada_em": known.get("adicionada_em", ""),
        "instalacao": known.get("instalacao"),
        "fornecida_por": known.get("fornecida_por", []),
        "esperada_por": _waiting(shop, capability.nome),
    }


def _waiting(shop: Shop, nome: str) -> list[str]:
    """The specs, or else the items, that wait for it."""
    found: dict[str, None] = {}
    for gap in shop.db.find("backlog_items", "contexto.recurso", nome):
        for item in shop.db.find("backlog_items", "depende_de", gap["id"]):
            if item["status"] == "Bloqueado":
                found[item["spec_ref"] or item["id"]] = None
    return list(found)


def _state(document: Doc) -> str:
    if document["verificando"]:
        return "… being verified"
    if document["sonda"] is None:
        return "? not probed yet"
    return "✓ there" if document["sonda"]["passou"] else "✗ missing"


def _ways(document: Doc) -> str:
    ways = [("installed", document["instalar"]), ("specified", document["molde"])]
    return " or ".join(name for name, there in ways if there) or "brought by hand"
