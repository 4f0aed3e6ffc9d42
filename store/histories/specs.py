"""What becomes of one spec in a generated history, from its price to its validation, and of its bugs."""

from __future__ import annotations

from dataclasses import dataclass, field

from store.histories.book import Book, Doc, text_of
from store.histories.deliveries import Execution, Spec, price_of
from store.histories.items import Life, live

RESOURCES = {
    "chave-assinatura": "segredo",
    "correios-api": "api",
    "emissor-nfe": "servico",
    "leitor-planilha": "biblioteca",
}
SEVERITIES = {"critico": 0.08, "alto": 0.22, "medio": 0.5, "baixo": 0.2}
HOUR, DAY = 3600.0, 86_400.0


@dataclass
class Told:
    """What is known of the whole history while its specs go on."""

    capacidades: dict[str, float] = field(default_factory=dict)
    """When each capability came."""
    marcos: list[tuple[Doc, float | None]] = field(default_factory=list)
    """The item of each development, and when its spec was delivered."""


@dataclass
class Work:
    """One spec on its way."""

    book: Book
    told: Told
    spec: Spec
    criado: float

    def __post_init__(self) -> None:
        saga = f"saga-{self.spec.ref}"
        self.saga: Doc = {
            "saga_id": saga,
            "request_id": f"request-{self.spec.ref}",
            "spec_ref": self.spec.ref,
            "spec_versao": 1,
        }
        self.stamps = {
            "spec_criada_at": text_of(self.criado),
            "orcamento_aprovado_at": "",
        }
        self.release = ""
        self.price: Doc = {}

    def live(self, life: Life) -> tuple[Doc, float | None]:
        return live(self.book, life, self.saga)

    def go(self) -> None:
        """All of it, as far as it has come."""
        chance = self.book.chance
        wait, takes = chance.lognormal(0.4, 0.8), chance.lognormal(1.5, 0.4)
        pricing, done = self.live(
            Life("orcar_spec", "PROMETHEUS", self.criado, takes, espera=wait, produtor="Epistemologia")
        )
        self._freeze()
        if done is None:
            return
        missing = [name for name in RESOURCES if self._lacks(name, done)]
        self.price = price_of(self.book, self.spec, self.saga, done, pricing, missing)
        free = max([self._pain(name, done, pricing) for name in missing], default=None)
        approved = self._approve(done, free, pricing)
        if approved is not None:
            self.stamps["orcamento_aprovado_at"] = text_of(approved[1])
            self._build(approved[1] + 5, approved[0], "desenvolvimento", None, rounds=0)

    def _freeze(self) -> None:
        self.book.add(
            "specs",
            {
                "spec_ref": self.spec.ref,
                "versao": 1,
                "titulo": f"Spec {self.spec.ref}",
                "sha256": "0" * 64,
                "vertentes": [{"tipo": each, "nome": self.spec.ref} for each in self.spec.vertentes],
                "cobertura_planejada_pct": 90,
                "estrategia_cobertura": "pairwise",
                "criada_em": text_of(self.criado),
            },
        )

    def _lacks(self, name: str, moment: float) -> bool:
        came = self.told.capacidades.get(name)
        if came is not None and came <= moment:
            # It is there, and fails now and then.
            return self.book.chance.yes(0.02)
        return self.book.chance.yes(0.25)

    def _pain(self, name: str, asked: float, parent: Doc) -> float:
        """A gap: what is missing comes hours or days later."""
        takes = self.book.chance.lognormal(14, 1.1) * HOUR
        came = asked + takes
        context = {"recurso": name, "tipo_recurso": RESOURCES[name], "sintoma": f"{name} falta"}
        outcome = {
            "desfecho": "alcancado" if self.book.happened(came) else "",
            "desfecho_em": self.book.until_now(came),
        }
        self.live(
            Life("entrevistar_dor", "GENESIS", asked, takes, contexto=context, pai=parent, mais=outcome)
        )
        self.told.capacidades.setdefault(name, came)
        return came

    def _approve(self, asked: float, free: float | None, parent: Doc) -> tuple[Doc, float] | None:
        ready = max(asked, free or asked)
        option = self.book.chance.weighed({"aprovar": 0.9, "ajustar": 0.06, "cancelar": 0.04})
        item, done = self._decide("aprovar_orcamento", asked, free, option, 2.5, parent, rule=0.25)
        return (item, ready if done is None else done) if done is not None and option == "aprovar" else None

    def _decide(
        self,
        tipo: str,
        asked: float,
        free: float | None,
        option: str,
        median_h: float,
        parent: Doc,
        *,
        rule: float = 0.0,
    ) -> tuple[Doc, float | None]:
        """What a person (or, in a share of cases, a rule) answers."""
        chance, ready = self.book.chance, max(asked, free or asked)
        by_rule = chance.yes(rule)
        answered = ready + 0.2 if by_rule else max(chance.answered(ready, median_h), ready + 30)
        end = "Cancelado" if option == "cancelar" else "Concluido"
        life = Life(
            tipo, "humano", asked, 0.0, espera=answered - ready, humano=True, livre=free, fim=end, pai=parent
        )
        item, done = self.live(life)
        if done is not None:
            self._answer(item, tipo, option, ready, done, by_rule=by_rule)
        return item, done

    def _answer(self, item: Doc, tipo: str, option: str, ready: float, done: float, *, by_rule: bool) -> None:
        minutes = self.book.chance.lognormal(3.0, 0.7)
        self.book.add(
            "decisoes",
            {
                "item_ref": item["id"],
                "tipo": tipo,
                "saga_id": item["saga_id"],
                "spec_ref": item["spec_ref"],
                "opcao": option,
                "motivo": "" if option in ("aprovar", "validar") else "gerado",
                "quem": "politica:pequenos" if by_rule else "humano",
                "politica": "pequenos" if by_rule else None,
                "em": text_of(done),
                "espera_s": round(done - ready, 3),
                "trabalho_s": None if by_rule else round(minutes * 60, 1),
            },
        )
        self.book.tell(done, "decisao.tomada", item, opcao=option)

    def _build(self, begin: float, parent: Doc, tipo: str, bug: Doc | None, *, rounds: int) -> None:
        """Develop or mend, test, release, and ask about the release."""
        chance, book = self.book.chance, self.book
        tries = 1 + chance.count(0.12)
        fails = tries > 3 or chance.yes(0.015)
        takes = chance.lognormal(70 * self.spec.tamanho, 0.45)
        context = {"spec_ref": self.spec.ref, "spec_versao": 1}
        if bug is not None:
            context |= {name: bug[name] for name in ("severidade", "implantacao_causadora") if bug.get(name)}
            context |= {"feature_ref": self.release, "release_ref": self.release, "erro": "gerado"}
        life = Life(
            tipo,
            "PROMETHEUS",
            begin,
            takes,
            espera=chance.lognormal(0.6, 1.0),
            falhas=min(tries - 1, 3),
            fim="Falhou" if fails else "Concluido",
            contexto=context,
            pai=parent,
        )
        item, done = self.live(life)
        if not item["tentativas"]:
            return
        last = _moment(item["tentativas"][-1]["inicio"])
        run = Execution(book, self.spec, self.saga, self.price, item, self._stamps(item))
        run.doc["bug"] = bug and {**bug, "aberto_em": item["criado_em"]}
        if tipo == "desenvolvimento":
            self.told.marcos.append((item, done))
        tested = last + takes * 0.55
        run.developed(last, tested, len(item["tentativas"]))
        if done is None:
            return
        if fails:
            run.close(done, "falhou")
            return
        run.tested(tested, done, chance.yes(0.84))
        self._ask_release(run, item, done, rounds)

    def _stamps(self, item: Doc) -> Doc:
        begun = item["tentativas"][0]["inicio"]
        return {**self.stamps, "created_at": begun, "updated_at": begun}

    def _ask_release(self, run: Execution, item: Doc, done: float, rounds: int) -> None:
        passed = bool(run.doc["realizado"]["passou_primeira"])
        release = self.book.add(
            "releases",
            {
                "spec_ref": self.spec.ref,
                "spec_versao": 1,
                "execucao_ref": run.doc["id"],
                "backlog_item_ref": item["id"],
                "saga_id": item["saga_id"],
                "criada_em": text_of(done),
                "manifesto_sha256": "0" * 64,
                "testes_passaram": passed,
                "cobertura_pct": run.doc["realizado"]["cobertura_pct"],
                "substitui_release": self.release,
            },
        )
        run.doc["release_ref"] = self.release = release["id"]
        self.book.tell(done, "qa.passed" if passed else "qa.failed", item, release_ref=release["id"])
        good = passed and self.book.chance.yes(0.95)
        asked, answered = self._decide(
            "aprovar_release", done, None, "aprovar" if good else "rejeitar", 1.5, item
        )
        if answered is None:
            return
        release["status"] = "aprovada" if good else "rejeitada"
        if good:
            self._deploy(run, release, answered + 5, asked, rounds)
            return
        run.close(answered, "rejeitado")
        if rounds < 3:
            self._build(answered + 5, asked, "corrigir_bug", {"severidade": "medio"}, rounds=rounds + 1)

    def _deploy(self, run: Execution, release: Doc, begin: float, parent: Doc, rounds: int) -> None:
        chance, book = self.book.chance, self.book
        takes, failed = chance.lognormal(9, 0.4), int(chance.yes(0.05))
        life = Life(
            "implantar",
            "MS_Produto",
            begin,
            takes,
            falhas=failed,
            pai=parent,
            mais={"execucao_ref": run.doc["id"]},
        )
        item, done = self.live(life)
        if not item["tentativas"]:
            return
        started = _moment(item["tentativas"][-1]["inicio"])
        placed = book.add(
            "implantacoes",
            {
                "release_ref": release["id"],
                "spec_ref": self.spec.ref,
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
        run.phase("deploy", started, done)
        if run.doc["bug"]:
            run.doc["bug"]["implantado_em"] = text_of(done)
        run.close(done, "concluido")
        book.tell(done, "devops.deployed", item, release_ref=release["id"], implantacao_ref=placed["id"])
        self._validate(placed, item, done, rounds)

    def _validate(self, placed: Doc, parent: Doc, done: float, rounds: int) -> None:
        chance = self.book.chance
        good = chance.yes(0.94)
        item, answered = self._decide(
            "validar_implantacao", done, None, "validar" if good else "invalidar", 3.0, parent
        )
        if answered is None:
            return
        placed["status"] = "validada" if good else "invalida"
        if good and not chance.yes(0.1):
            return
        # What nobody saw then is found by somebody days later.
        opened = answered + 5 if not good else answered + chance.lognormal(4, 0.8) * DAY
        severity = "alto" if not good else chance.weighed(SEVERITIES)
        bug = {"severidade": severity, "implantacao_causadora": placed["id"]}
        if rounds < 3 and self.book.happened(opened):
            self.book.tell(
                opened, "incidente.aberto", item, implantacao_ref=placed["id"], severidade=severity
            )
            self._build(opened, item, "corrigir_bug", bug, rounds=rounds + 1)


def _moment(text: str) -> float:
    from datetime import datetime

    return datetime.fromisoformat(text).timestamp()
