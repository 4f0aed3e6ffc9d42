"""pydantic models of every collection (section 6 of prometheus_arquitetura.md, as metrics.md section 2
corrects it).

Documents are validated on the way in, never on load.
"""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from store.documents.base import StoredDocument, wrong_document
from store.documents.batch import Batch
from store.documents.breaker import Breaker
from store.documents.capability import Capability
from store.documents.decision import Decision
from store.documents.execution import Execution
from store.documents.item import BacklogItem
from store.documents.line import LineSpan
from store.documents.price import SpecResources
from store.documents.release import Deployment, Release
from store.documents.spec import SpecVersion
from store.documents.spending import Spending
from store.documents.sprint import Sprint, Task
from store.documents.usage import ModelUsage

MODELS: dict[str, type[StoredDocument]] = {
    "backlog_items": BacklogItem,
    "specs": SpecVersion,
    "specs_recursos": SpecResources,
    "execucoes": Execution,
    "releases": Release,
    "implantacoes": Deployment,
    "capacidades": Capability,
    "decisoes": Decision,
    "uso_llm": ModelUsage,
    "gastos": Spending,
    "disjuntores": Breaker,
    "liberacoes": Batch,
    "linhas": LineSpan,
    "sprints": Sprint,
    "tasks": Task,
}


def complete(collection: str, doc: dict[str, Any]) -> dict[str, Any]:
    """The document with every field of its model, or WrongInput with the path of what is wrong."""
    model = MODELS[collection]
    try:
        return model.model_validate(doc).model_dump(mode="json")
    except ValidationError as error:
        raise wrong_document(error, model, (collection,)) from None


def check(collection: str, doc: dict[str, Any]) -> None:
    """Refuse a document that its model does not allow; costs less than `complete`."""
    model = MODELS[collection]
    try:
        model.model_validate(doc)
    except ValidationError as error:
        raise wrong_document(error, model, (collection, str(doc.get("id", "")))) from None
