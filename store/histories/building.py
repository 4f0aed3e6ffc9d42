"""What is built of an approved spec in a generated history: developed, tested, released, deployed, mended."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from store.histories.book import Doc, text_of
from store.histories.contents import of_deployment, of_release, of_repair, of_spec
from store.histories.deliveries import Execution
from store.histories.items import Life

if TYPE_CHECKING:
    from store.histories.specs import Work

SEVERITIES = {"critico": 0.08, "alto": 0.22, "medio": 0.5, "baixo": 0.2}
OWNER = "MS_Produto"
DAY = 86_400.0
MOST_ROUNDS = 3


def build(work: Work, begin: float, parent: Doc, tipo: str, bug: Doc | None, *, rounds: int) -> None:
    """Develop or mend, test, release, and ask about the release."""
    if not work.book.happened(begin):
        return
    chance, steady = work.book.chance, work.steady
    tries = 1 + (0 if steady else chance.count(0.12))
    fails = tries > 3 or (not steady and chance.yes(0.015))
    takes = chance.lognormal(70 * work.spec.tamanho, 0.45)
    life = Life(
        tipo,
        "PROMETHEUS",
        begin,
        takes,
        espera=chance.lognormal(0.6, 1.0),
        produtor=OWNER,
        falhas=min(tries - 1, 3) or int(work.stands_at(tipo, "volta")),
        fim="Falhou" if fails else "Concluido",
        contexto=_about(work, parent, bug),
        espera_por=work.awaits(tipo),
        pai=parent,
    )
    item, done = work.live(life)
    if tipo == "desenvolvimento" and work.stand is None and item["tentativas"]:
        work.told.marcos.append((item, done))
    if not item["tentativas"]:
        return
    last = _moment(item["tentativas"][-1]["inicio"])
    run = Execution(work.book, work.spec, work.saga, work.price, item, _stamps(work, item))
    work.runs.append(run)
    run.doc["bug"] = bug and {**bug, "aberto_em": item["criado_em"]}
    tested = last + takes * 0.55
    if work.stands_at(tipo):
        run.begun(last)
        return
    run.developed(last, tested, len(item["tentativas"]))
    if done is None:
        return
    if fails:
        run.close(done, "falhou")
        return
    run.tested(tested, done, steady or chance.yes(0.84))
    _release(work, run, item, done, rounds)


def _about(work: Work, parent: Doc, bug: Doc | None) -> Doc:
    if bug is not None:
        return of_repair(work.spec.ref, work.price["id"], work.release, bug)
    return of_spec(work.spec.ref, spec_recursos_ref=work.price["id"], orcamento_ref=parent["id"])


def _stamps(work: Work, item: Doc) -> Doc:
    begun = item["tentativas"][0]["inicio"]
    return {**work.stamps, "created_at": begun, "updated_at": begun}


def _release(work: Work, run: Execution, item: Doc, done: float, rounds: int) -> None:
    passed = bool(run.doc["realizado"]["passou_primeira"])
    release = work.book.add(
        "releases",
        {
            "spec_ref": work.spec.ref,
            "spec_versao": 1,
            "execucao_ref": run.doc["id"],
            "backlog_item_ref": item["id"],
            "saga_id": item["saga_id"],
            "criada_em": text_of(done),
            "manifesto_sha256": "0" * 64,
            "testes_passaram": passed,
            "cobertura_pct": run.doc["realizado"]["cobertura_pct"],
            "substitui_release": work.release,
        },
    )
    run.doc["release_ref"] = work.release = release["id"]
    item["resultado"] = {"release_ref": release["id"], "testes_passaram": passed}
    work.book.tell(done, "qa.passed" if passed else "qa.failed", item, release_ref=release["id"])
    good = passed and (work.stand is not None or work.book.chance.yes(0.95))
    life = Life("aprovar_release", OWNER, done, 0.0, contexto=of_release(release), pai=item)
    asked, answered = work.decide(life, "aprovar" if good else "rejeitar", 1.5)
    if answered is None:
        return
    release["status"] = "aprovada" if good else "rejeitada"
    if good:
        _deploy(work, run, release, answered + 5, asked, rounds)
        return
    run.close(answered, "rejeitado")
    if rounds < MOST_ROUNDS:
        build(work, answered + 5, asked, "corrigir_bug", {"severidade": "medio"}, rounds=rounds + 1)


def _deploy(work: Work, run: Execution, release: Doc, begin: float, parent: Doc, rounds: int) -> None:
    if not work.book.happened(begin):
        return
    chance = work.book.chance
    takes, failed = chance.lognormal(9, 0.4), not work.steady and chance.yes(0.05)
    life = Life(
        "implantar",
        "PROMETHEUS",
        begin,
        takes,
        produtor=OWNER,
        falhas=int(failed or work.stands_at("implantar", "volta")),
        contexto=of_spec(work.spec.ref, release_ref=release["id"]),
        espera_por=work.awaits("implantar"),
        pai=parent,
        mais={"execucao_ref": run.doc["id"]},
    )
    item, done = work.live(life)
    if not item["tentativas"]:
        return
    started = _moment(item["tentativas"][-1]["inicio"])
    placed = work.book.add(
        "implantacoes",
        {
            "release_ref": release["id"],
            "spec_ref": work.spec.ref,
            "spec_versao": 1,
            "execucao_ref": run.doc["id"],
            "backlog_item_ref": item["id"],
            "saga_id": item["saga_id"],
            "alvo": "producao",
            "ambiente": "producao",
            "status": "intencao" if done is None else "implantada",
            "inicio_at": text_of(started),
            "fim_at": "" if done is None else text_of(done),
        },
    )
    if done is None:
        return
    item["resultado"] = {"implantacao_ref": placed["id"], "ambiente": "producao"}
    run.phase("deploy", started, done)
    if run.doc["bug"]:
        run.doc["bug"]["implantado_em"] = text_of(done)
    run.close(done, "concluido")
    work.told.licoes.finished(done, run.doc)
    work.book.tell(done, "devops.deployed", item, release_ref=release["id"], implantacao_ref=placed["id"])
    _validate(work, placed, item, done, rounds)


def _validate(work: Work, placed: Doc, parent: Doc, done: float, rounds: int) -> None:
    chance = work.book.chance
    good = work.steady or chance.yes(0.94)
    life = Life("validar_implantacao", OWNER, done, 0.0, contexto=of_deployment(placed), pai=parent)
    item, answered = work.decide(life, "validar" if good else "invalidar", 3.0)
    if answered is None:
        return
    placed["status"] = "validada" if good else "invalida"
    if good and not chance.yes(0.1):
        return
    # What nobody saw then is found by somebody days later.
    opened = answered + 5 if not good else answered + chance.lognormal(4, 0.8) * DAY
    severity = "alto" if not good else chance.weighed(SEVERITIES)
    bug = {"severidade": severity, "implantacao_causadora": placed["id"]}
    if rounds < MOST_ROUNDS and work.book.happened(opened):
        work.book.tell(opened, "incidente.aberto", item, implantacao_ref=placed["id"], severidade=severity)
        build(work, opened, item, "corrigir_bug", bug, rounds=rounds + 1)


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
