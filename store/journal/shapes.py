"""Whether documents that somebody edited still are what the rest of oficina reads."""

from __future__ import annotations

from store.journal.lines import Document


def wrong_shape(table: str, document: Document) -> str:
    """What a document lacks, or has of another type, by its collection's model; empty when it can be read.

    Fields that the model does not know hurt nobody, and an older program may have written them.
    """
    from pydantic import ValidationError

    from store.documents import MODELS
    from store.documents.base import wrong_document

    model = MODELS.get(table)
    if model is None:
        return ""
    try:
        model.model_validate(document)
    except ValidationError as error:
        if all(each["type"] == "extra_forbidden" for each in error.errors(include_url=False)):
            return ""
        return str(wrong_document(error, model))
    return ""
