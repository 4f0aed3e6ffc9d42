"""`Prontuario`: a pain in six fields, from PROMETHEUS's words or an interview (mission 1.2, phase 3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from store.errors import WrongInput, WrongState
from store.yamlfile import did_you_mean

Doc = dict[str, Any]
PERSON = "humano"

TEXTS = ("sintoma", "frequencia", "impacto", "criterio_sucesso")
LISTS = ("afetados", "tentativas")
FIELDS = ("sintoma", "frequencia", "afetados", "impacto", "tentativas", "criterio_sucesso")
"""The six of the mission, in the order in which they are asked."""


class Broker(Protocol):
    """What an interview needs of MS_Backlog."""

    def produzir(self, novo: Doc, *, produtor: str) -> str: ...

    def responder(
        self, item_id: str, resultado: Mapping[str, Any], filhos: Sequence[Mapping[str, Any]], *, quem: str
    ) -> list[str]: ...


@dataclass(frozen=True)
class Prontuario:
    """What hurts, how often, whom, with what effect, what was tried, and how its end will be known."""

    campos: Mapping[str, Any]
    """The fields that were told; an empty list is an answer, an empty text is none."""
    origem: str
    """Who raised it."""

    @classmethod
    def from_contexto(cls, contexto: Mapping[str, Any], origem: str) -> Prontuario:
        """The prontuario in an `entrevistar_dor`."""
        return cls({name: contexto[name] for name in FIELDS if _told(contexto, name)}, origem)

    @property
    def faltam(self) -> list[str]:
        """The fields that an interview has still to ask for."""
        return [name for name in FIELDS if name not in self.campos]

    def with_answers(self, answers: Mapping[str, Any]) -> Prontuario:
        """The same with what was answered since."""
        told = {name: answers[name] for name in FIELDS if _told(answers, name)}
        return Prontuario({**self.campos, **told}, self.origem)

    def to_document(self) -> Doc:
        """All six fields, empty where nothing was told, and who raised it."""
        empty: Doc = dict.fromkeys(TEXTS, "") | {name: [] for name in LISTS}
        return {name: self.campos.get(name, empty[name]) for name in FIELDS} | {"origem": self.origem}


def _told(fields: Mapping[str, Any], name: str) -> bool:
    if name in LISTS:
        return fields.get(name) is not None
    return bool(str(fields.get(name) or "").strip())


def structuring(prontuario: Prontuario, contexto: Mapping[str, Any]) -> Doc:
    """The `estruturar_produto` of a pain: about its capability, or about itself where it names none."""
    told = prontuario.to_document()
    asked: Doc = {
        "sintoma": told["sintoma"],
        "criterio_sucesso": told["criterio_sucesso"],
        "afetados": told["afetados"],
        "prontuario": told,
        "de_novo": False,
    }
    asked |= {name: contexto[name] for name in ("recurso", "tipo_recurso") if contexto.get(name)}
    child: Doc = {"tipo": "estruturar_produto", "chave": "estruturar", "contexto": asked}
    if contexto.get("recurso"):
        return child
    if contexto.get("spec_origem_ref"):
        asked["spec_origem_ref"] = contexto["spec_origem_ref"]
    return child | {"titulo": f"Structure: {told['sintoma']}"}


def raise_pain(backlog: Broker, told: Mapping[str, Any], capabilities: Mapping[str, str]) -> str:
    """A person's pain, as far as they told it; GENESIS asks for the rest. Returns the item's id.

    `capabilities` are those that are defined, each with its kind. Raises WrongInput without a `sintoma`, and
    for a capability that nobody defines.
    """
    contexto = {name: _plain(name, told[name]) for name in FIELDS if _told(told, name)}
    if "sintoma" not in contexto:
        raise WrongInput("a pain needs to say what hurts", path="sintoma", remedy="say it in a sentence")
    recurso = str(told.get("recurso") or "")
    if not recurso:
        titulo = f"Pain: {contexto['sintoma']}"
        return backlog.produzir(
            {"tipo": "entrevistar_dor", "contexto": contexto, "titulo": titulo}, produtor=PERSON
        )
    if recurso not in capabilities:
        raise WrongInput(
            f"no such capability: {recurso}", path="recurso", remedy=did_you_mean(recurso, capabilities)
        )
    contexto |= {"recurso": recurso, "tipo_recurso": capabilities[recurso]}
    novo = {"tipo": "entrevistar_dor", "chave": f"gap:{recurso}", "contexto": contexto}
    return backlog.produzir(novo, produtor=PERSON)


def answer_interview(
    backlog: Broker, item: Mapping[str, Any], told: Mapping[str, Any], quem: str
) -> list[str]:
    """Answer an `entrevistar_humano`; returns the ids of what follows. Raises WrongInput for what is still
    missing, WrongState for an item that asks for no interview.
    """
    if item["tipo"] != "entrevistar_humano":
        raise WrongState(f"{item['id']} ({item['tipo']}) asks for no interview")
    answers = {name: _plain(name, told[name]) for name in FIELDS if _told(told, name)}
    known = Prontuario.from_contexto(item["contexto"], PERSON).with_answers(answers)
    if known.faltam:
        raise WrongInput("is still to be told", path=known.faltam[0], remedy=QUESTIONS[known.faltam[0]])
    return backlog.responder(
        item["id"], {"prontuario": known.to_document()}, [structuring(known, item["contexto"])], quem=quem
    )


def _plain(name: str, value: Any) -> Any:
    return [str(each).strip() for each in value if str(each).strip()] if name in LISTS else str(value).strip()


QUESTIONS: Mapping[str, str] = {
    "sintoma": "What hurts?",
    "frequencia": "How often?",
    "afetados": "Who or what is affected? (separated by commas; - for nobody yet)",
    "impacto": "What does it cost or keep you from?",
    "tentativas": "What was tried? (separated by commas; - for nothing)",
    "criterio_sucesso": "How will you know that it is over?",
}
"""What an interview asks, by field."""


def from_answer(name: str, answer: str) -> Any:
    """A field's value from a line of text; None where nothing was said. `-` is an empty list."""
    text = answer.strip()
    if not text:
        return None
    if name not in LISTS:
        return text
    return [] if text == "-" else [part.strip() for part in text.split(",") if part.strip()]
