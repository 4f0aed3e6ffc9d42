"""The constants and rates of `seeds/pricing.yaml`, read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from jobs.fields import Fields, visible
from jobs.specs.model import WORKERS
from store.errors import WrongInput
from store.yamlfile import ReadFile, did_you_mean, load_yaml

SEED = Path(__file__).parents[2] / "seeds" / "pricing.yaml"

LIMIT = 1e9

_KEYS = (
    "versao",
    "moeda",
    "cambio",
    "tamanho",
    "performers",
    "cocomo",
    "pessoas",
    "maquina",
    "infra",
    "llm",
    "apis",
    "p80_sem_historico",
)
_MACHINE_KEYS = (
    "teste",
    "deploy",
    "cpus",
    "storage_base_mb",
    "storage_mb_por_ponto",
    "storage_mb_por_teste",
)


@dataclass(frozen=True)
class Preco:
    """An amount of money in its own currency."""

    valor: Decimal
    moeda: str


@dataclass(frozen=True)
class Cambio:
    """R$ for one unit of a currency, and the day that the rate is from."""

    taxa: Decimal
    em: str


@dataclass(frozen=True)
class Modelo:
    """What a model costs, for a million tokens of each kind, in one currency."""

    entrada: Decimal
    saida: Decimal
    cache: Decimal
    moeda: str

    def custo(self, entrada: int, saida: int, cache: int) -> Decimal:
        """What so many tokens cost, in the model's currency."""
        return (self.entrada * entrada + self.saida * saida + self.cache * cache) / 1_000_000


@dataclass(frozen=True)
class Medida:
    """`base` plus `por` for each unit: hours or seconds, as the field that holds it says."""

    base: float
    por: float
    ram_mb: int = 0

    def of(self, units: float) -> float:
        """The amount for so many units."""
        return self.base + self.por * units


@dataclass(frozen=True)
class Performer:
    """What one performer takes for one vertente; a person's (`sloc_por_ponto` > 0) is estimated by COCOMO."""

    maquina: Medida
    tokens_por_ponto: float
    sloc_por_ponto: float


@dataclass(frozen=True)
class Cocomo:
    """COCOMO II nominal: person-months = a × KSLOC ^ expoente."""

    a: float
    expoente: float
    horas_por_mes: float

    def horas(self, ksloc: float) -> float:
        """People's hours for so many thousand lines."""
        return self.a * float(ksloc**self.expoente) * self.horas_por_mes if ksloc > 0 else 0.0


@dataclass(frozen=True)
class Pricing:
    """Everything that `precificar` multiplies with."""

    versao: str
    cambio: Mapping[str, Cambio]
    pontos: Mapping[str, Mapping[str, float]]
    """Function points by vertente and part, as in `tamanho`."""
    performers: Mapping[str, Mapping[str, Performer]]
    cocomo: Cocomo
    hora: Preco
    pessoas: Mapping[str, Medida]
    """People's hours by phase; the unit is a point, of tests a test."""
    teste: Medida
    deploy: Medida
    cpus: float
    storage_base_mb: float
    storage_mb_por_ponto: float
    storage_mb_por_teste: float
    cpu_hora: Preco
    ram_gb_hora: Preco
    storage_gb_mes: Preco
    por_mil_tokens: Preco
    apis: Mapping[str, Preco]
    p80_sem_historico: float
    modelos: Mapping[str, Modelo] = field(default_factory=dict)
    """Models whose calls are priced by their tokens; a call of any other has an unknown cost, never 0."""

    def reais(self, preco: Preco) -> Decimal:
        """A price in R$, at the rate of this version."""
        return preco.valor if preco.moeda == "BRL" else preco.valor * self.cambio[preco.moeda].taxa


def load_pricing(source: Path | ReadFile = SEED) -> Pricing:
    """Read a pricing file.

    Raises:
        WrongInput: the first thing that is wrong with it.
    """
    doc = load_yaml(source, (source if isinstance(source, Path) else source.path).name)
    problems: list[WrongInput] = []
    pricing = _Reader(Fields(doc, (), problems)).pricing()
    if problems:
        raise problems[0]
    return pricing


class _Reader:
    """Reads the parts; a missing part is a problem, a missing number is 0."""

    def __init__(self, fields: Fields) -> None:
        self.fields = fields
        self.cambio: dict[str, Cambio] = {}

    def pricing(self) -> Pricing:
        fields = self.fields
        fields.only(*_KEYS)
        fields.choice("moeda", ("BRL",), "BRL")
        self.cambio = self._cambio()
        pessoas, maquina = self._part("pessoas"), self._part("maquina")
        infra, llm = self._part("infra"), self._part("llm")
        pessoas.only("hora", "dev", "teste", "deploy")
        maquina.only(*_MACHINE_KEYS)
        infra.only("cpu_hora", "ram_gb_hora", "storage_gb_mes")
        llm.only("por_mil_tokens", "modelos")
        return Pricing(
            versao=fields.text("versao", None, remedy='add `versao: "2026.1"`; prices name it'),
            cambio=self.cambio,
            pontos=self._pontos(),
            performers=self._performers(),
            cocomo=self._cocomo(),
            hora=self._price(pessoas, "hora"),
            pessoas={
                "dev": _measure(pessoas, "dev", "base_h", "h_por_ponto"),
                "teste": _measure(pessoas, "teste", "base_h", "h_por_teste"),
                "deploy": _measure(pessoas, "deploy", "base_h", "h_por_ponto"),
            },
            teste=_measure(maquina, "teste", "base_s", "s_por_teste"),
            deploy=_measure(maquina, "deploy", "base_s", "s_por_ponto"),
            cpus=maquina.number("cpus", 1, 0, 1024),
            storage_base_mb=maquina.number("storage_base_mb", 0, 0, LIMIT),
            storage_mb_por_ponto=maquina.number("storage_mb_por_ponto", 0, 0, LIMIT),
            storage_mb_por_teste=maquina.number("storage_mb_por_teste", 0, 0, LIMIT),
            cpu_hora=self._price(infra, "cpu_hora"),
            ram_gb_hora=self._price(infra, "ram_gb_hora"),
            storage_gb_mes=self._price(infra, "storage_gb_mes"),
            por_mil_tokens=self._price(llm, "por_mil_tokens"),
            apis=self._apis(),
            p80_sem_historico=fields.number("p80_sem_historico", 1.52, 1, 10),
            modelos=self._models(llm),
        )

    def _part(self, key: str) -> Fields:
        if not self.fields.has(key):
            self.fields.missing(key, f"copy `{key}:` from seeds/pricing.yaml")
            return Fields(_EMPTY, (), [])
        return self.fields.below(key)

    def _cambio(self) -> dict[str, Cambio]:
        part = self.fields.maybe("cambio")
        found = {}
        for moeda in part.data if part else ():
            rate = part.below(moeda) if part else self.fields
            rate.only("taxa", "em")
            if not rate.has("taxa") or not rate.decimal("taxa"):
                rate.missing("taxa", "how many R$ one unit is worth")
            if not rate.has("em"):
                rate.missing("em", "the day that the rate is from")
            found[moeda] = Cambio(rate.decimal("taxa"), rate.text("em"))
        return found

    def _price(self, part: Fields, key: str) -> Preco:
        if not part.has(key):
            part.missing(key, 'for example {valor: "0.10", moeda: BRL}')
            return Preco(Decimal(0), "BRL")
        price = part.below(key)
        price.only("valor", "moeda")
        return Preco(price.decimal("valor"), self._currency(price))

    def _currency(self, price: Fields) -> str:
        moeda = price.text("moeda", "BRL")
        if moeda != "BRL" and moeda not in self.cambio:
            price.note("moeda", f"no rate for {visible(moeda)}", did_you_mean(moeda, ["BRL", *self.cambio]))
            return "BRL"
        return moeda

    def _models(self, llm: Fields) -> dict[str, Modelo]:
        part = llm.maybe("modelos")
        return {name: self._model(part, name) for name in part.data} if part else {}

    def _model(self, part: Fields, name: str) -> Modelo:
        fields = part.below(name)
        fields.only("entrada", "saida", "cache", "moeda")
        for key in ("entrada", "saida"):
            if not fields.has(key):
                fields.missing(key, f'for a million tokens, as in `{key}: "0.15"`')
        return Modelo(
            entrada=fields.decimal("entrada"),
            saida=fields.decimal("saida"),
            cache=fields.decimal("cache", str(fields.decimal("entrada"))),
            moeda=self._currency(fields),
        )

    def _apis(self) -> dict[str, Preco]:
        part = self.fields.maybe("apis")
        return {name: self._price(part, name) for name in part.data} if part else {}

    def _pontos(self) -> dict[str, dict[str, float]]:
        part = self._part("tamanho")
        part.only(*WORKERS)
        keys = {
            "E": ("operacoes", "pontos_por_operacao", "pontos_por_entidade"),
            "D": ("pontos_por_entrada", "pontos_por_saida", "pontos_por_regra"),
        }
        found = {}
        for tipo, names in keys.items():
            fields = part.below(tipo) if part.has(tipo) else Fields(_EMPTY, (), [])
            fields.only(*names)
            found[tipo] = {name: fields.number(name, 1, 0, 1000) for name in names}
        return found

    def _performers(self) -> dict[str, dict[str, Performer]]:
        part = self._part("performers")
        if part.data and "builtin" not in part.data:
            part.missing("builtin", "copy it from seeds/pricing.yaml")
        found = {name: self._performer(part.below(name)) for name in part.data}
        if part.data and "comando" not in found:
            # A file that is older than programs: they use a model's tokens.
            found["comando"] = found.get("modelo") or _of_the_seed("comando")
        return found

    def _performer(self, part: Fields) -> dict[str, Performer]:
        part.only(*WORKERS)
        found = {}
        for tipo in WORKERS:
            if not part.has(tipo):
                part.missing(tipo, "what this performer takes for it")
                continue
            fields = part.below(tipo)
            fields.only("base_s", "s_por_ponto", "tokens_por_ponto", "ram_mb", "sloc_por_ponto")
            found[tipo] = Performer(
                Medida(
                    fields.number("base_s", 0, 0, LIMIT),
                    fields.number("s_por_ponto", 0, 0, LIMIT),
                    fields.integer("ram_mb", 0, 0, 1 << 20),
                ),
                fields.number("tokens_por_ponto", 0, 0, LIMIT),
                fields.number("sloc_por_ponto", 0, 0, LIMIT),
            )
        return found

    def _cocomo(self) -> Cocomo:
        part = self._part("cocomo")
        part.only("a", "expoente", "horas_por_mes")
        return Cocomo(
            part.number("a", 2.94, 0, 100),
            part.number("expoente", 1.0997, 0.5, 2),
            part.number("horas_por_mes", 152, 1, 744),
        )


def _of_the_seed(name: str) -> dict[str, Performer]:
    fields = Fields(load_yaml(SEED), (), [])
    return _Reader(fields)._performer(fields.below("performers").below(name))


def _measure(part: Fields, key: str, base: str, each: str) -> Medida:
    if not part.has(key):
        part.missing(key, f"for example {{{base}: 1, {each}: 0.1}}")
        return Medida(0, 0)
    fields = part.below(key)
    fields.only(base, each, "ram_mb")
    return Medida(
        fields.number(base, 0, 0, LIMIT),
        fields.number(each, 0, 0, LIMIT),
        fields.integer("ram_mb", 0, 0, 1 << 20),
    )


_EMPTY = load_yaml("{}")
