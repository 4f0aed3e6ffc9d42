"""A version built by a program: our tests judge it, and red ones are reported back (design.md, "Failure").

The program writes each package below `src/` in its own directory, which it keeps from run to run. The tests
are ours: it can read them, and whatever it writes elsewhere counts for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jobs.performers.artifacts import refuse_secrets
from jobs.performers.channel import Channel
from jobs.performers.program import Program, ProgramFailed, Ran, Runner
from jobs.steps.comando import program_input
from jobs.steps.judging import Built, Ground, judge, phase, verdict
from jobs.testing.report import TestReport
from jobs.workers.package import Package, merge, read_package
from store.clock import Clock, SystemClock
from store.errors import WrongInput

_MOST_FAILURES = 200
_SHOWN = 10


class Correcting:
    """One version's runs of a program, each judged by the same tests."""

    def __init__(self, ground: Ground, document: Mapping[str, Any], channel: Channel) -> None:
        self._ground, self._channel = ground, channel
        self._program = Program(**document["programa"])
        self._runner = Runner(self._program, channel)
        self._anterior = str(document.get("anterior_dir") or "")
        self._trabalho = channel.workdir / "trabalho"
        self._clock: Clock = SystemClock()
        self._most = 1 + self._program.tentativas_correcao

    def build(self) -> Built:
        """Run it until the tests pass or its runs are used up; the last code is what was built.

        Raises ProgramFailed when a run hands in nothing that can be taken.
        """
        self._trabalho.mkdir(mode=0o700)
        handed, readonly = self._handed()
        workers: list[dict[str, Any]] = []
        report = self._ground.red
        for number in range(1, self._most + 1):
            self._channel.progress("program", number, self._most, self._program.name)
            correction = None if number == 1 else _correction(report, number, self._most)
            code, worker = self._once({**handed, "correcao": correction}, readonly, number)
            workers.append(worker)
            report = self._judged(code, number)
            if report.passou:
                break
        return Built(code, report, workers)

    def _handed(self) -> tuple[dict[str, Any], list[Path]]:
        """The input document of the first run, and the directories beside the program's own."""
        document, readonly = program_input(self._channel, self._program, self._trabalho)
        tests = self._channel.workdir / "testes"
        self._ground.plan.package.write_to(tests)
        readonly.append(tests)
        if self._anterior:
            readonly.append(Path(self._anterior))
        places = {**document["workspace"], "testes": str(tests), "anterior": self._anterior}
        packages = [
            {"pacote": task.package, "vertente": task.vertente, "nome": task.nome}
            for task in self._ground.tasks
        ]
        return document | {"workspace": places, "pacotes": packages}, readonly

    def _once(
        self, document: Mapping[str, Any], readonly: list[Path], number: int
    ) -> tuple[Package, dict[str, Any]]:
        """One run: its code, and its entry in the execution, which is recorded."""
        started, tokens = self._clock.now(), self._runner.tally.tokens
        ran = self._runner.run(document, self._trabalho, readonly)
        if "bloqueado" in ran.outcome:
            raise ProgramFailed("what is approved to be built waits for nothing: bloqueado is not for it")
        code = self._package()
        used = None if self._runner.tally.tokens is None else self._runner.tally.tokens - (tokens or 0)
        worker = self._worker(ran, code, started, used)
        self._channel.output(f"{self._program.name} made {len(code.files)} files (run {number})")
        correction = {"tentativas": 1} if number > 1 else {}
        phase(self._channel, "dev_fim", workers=[worker], ram_gb_s=ran.report.ram_gb_s, **correction)
        return code, worker

    def _judged(self, code: Package, number: int) -> TestReport:
        phase(self._channel, "teste_inicio")
        report = judge(self._ground, code, self._channel, f"real{number}")
        runs = [report, *([self._ground.red] if number == 1 else [])]
        phase(self._channel, "teste_fim", **verdict(report, *runs))
        return report

    def _package(self) -> Package:
        """What it wrote, as far as it was asked for. Raises ProgramFailed for what is missing or no file."""
        try:
            parts = [self._part(task.package) for task in self._ground.tasks]
            code = merge(self._ground.plan.package.name, parts)
        except (WrongInput, OSError) as error:
            raise ProgramFailed(self._runner.mask(str(error))) from None
        self._say_unasked()
        return code

    def _part(self, name: str) -> Package:
        directory = self._trabalho / "src" / name
        for place in (self._trabalho, directory.parent, directory):
            if place.is_symlink() or not place.is_dir():
                raise WrongInput(f"there is no directory src/{name}", remedy="write the package there")
        found = read_package(name, directory)
        secrets = [secret.encode() for secret in self._program.segredos.values()]
        for path, content in found.files.items():
            refuse_secrets(content, f"src/{name}/{path}", name, secrets)
        files = {
            f"src/{name}/{path}": content
            for path, content in found.files.items()
            if "__pycache__" not in path.split("/")
        }
        if not files:
            raise WrongInput(f"src/{name} is empty", remedy="write the package there")
        return Package(name, files)

    def _say_unasked(self) -> None:
        """Name what else is in its directory: it counts for nothing, least of all as a test."""
        wanted = {task.package for task in self._ground.tasks}
        found = [path.name for path in self._trabalho.iterdir() if path.name != "src"]
        found += [
            f"src/{path.name}" for path in (self._trabalho / "src").iterdir() if path.name not in wanted
        ]
        if found:
            self._channel.output(f"not part of the release: {', '.join(sorted(found)[:_SHOWN])}")

    def _worker(self, ran: Ran, code: Package, started: str, tokens: int | None) -> dict[str, Any]:
        """The entry of `execucoes.workers` (mission 6.3)."""
        return {
            "worker": "comando",
            "vertente": "".join(sorted({task.vertente for task in self._ground.tasks})),
            "nome": self._program.name,
            "inicio_at": started,
            "fim_at": self._clock.now(),
            "duracao_minutos": round(ran.report.wall_s / 60, 4),
            "tokens_consumidos": tokens,
            "tentativas": 1,
            "cpu_s": round(ran.report.cpu_s, 3),
            "pico_rss_mb": round(ran.report.peak_rss_mb, 1),
            "artefatos": sorted(code.files),
        }


def _correction(report: TestReport, number: int, most: int) -> dict[str, Any]:
    """What the tests said of the run before, for the program."""
    red = [case for case in report.casos if case.resultado in ("falhou", "erro")]
    return {
        "rodada": number,
        "de": most,
        "falhas": [
            {"nome": case.nome, "resultado": case.resultado, "mensagem": case.mensagem}
            for case in red[:_MOST_FAILURES]
        ],
        "relatorio": {**report.figures(), "saida": report.saida},
    }
