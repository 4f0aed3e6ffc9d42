"""Reads untrusted XML into a small tree that knows its lines; no DTD, no entities, nothing unbounded."""

from __future__ import annotations

import io
import xml.sax
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.sax.handler import ContentHandler, feature_namespaces
from xml.sax.xmlreader import AttributesNSImpl, Locator

import defusedxml.sax
from defusedxml.common import DefusedXmlException

from store.errors import WrongInput

MAX_BYTES = 2 << 20
MAX_ELEMENTS = 60_000
MAX_DEPTH = 64


@dataclass
class Element:
    """One element; `attributes` are those of no namespace by local name, `foreign` the others."""

    name: str
    namespace: str
    attributes: Mapping[str, str]
    line: int
    foreign: Mapping[tuple[str, str], str] = field(default_factory=dict)
    children: list[Element] = field(default_factory=list)
    text: str = ""

    def all(self, *names: str) -> Iterator[Element]:
        """The children of this element's own namespace with one of these names."""
        return (one for one in self.children if one.name in names and one.namespace == self.namespace)

    def first(self, name: str) -> Element | None:
        """The first such child."""
        return next(self.all(name), None)


def read_xml(data: bytes, file: str) -> Element:
    """The root element; raises WrongInput for what is not XML, is hostile, or is too large."""
    if len(data) > MAX_BYTES:
        raise WrongInput("too large", file=file, remedy=f"at most {MAX_BYTES >> 20} MB")
    handler = _TreeHandler(file)
    parser = defusedxml.sax.make_parser()
    parser.forbid_dtd = True
    parser.setFeature(feature_namespaces, True)
    parser.setContentHandler(handler)
    try:
        parser.parse(io.BytesIO(data))
    except xml.sax.SAXParseException as error:
        raise WrongInput(
            f"not XML: {error.getMessage()}", file=file, line=error.getLineNumber() or 0
        ) from None
    except DefusedXmlException:
        raise WrongInput("a DTD or entities are refused", file=file, remedy="remove the DOCTYPE") from None
    except (ValueError, LookupError, UnicodeError) as error:
        raise WrongInput(f"not XML: {error}", file=file) from None
    return handler.root()


class _TreeHandler(ContentHandler):
    """Builds the tree, within limits of depth and number."""

    def __init__(self, file: str) -> None:
        super().__init__()
        self._file, self._locator = file, Locator()
        self._open: list[Element] = []
        self._roots: list[Element] = []
        self._texts: list[list[str]] = []
        self._count = 0

    def root(self) -> Element:
        return self._roots[0]

    def setDocumentLocator(self, locator: Locator) -> None:  # noqa: N802 (the name is SAX's)
        self._locator = locator

    def startElementNS(  # noqa: N802 (the name is SAX's)
        self, name: tuple[str | None, str], _qname: str | None, attrs: AttributesNSImpl
    ) -> None:
        line = self._locator.getLineNumber() or 0
        self._count += 1
        if self._count > MAX_ELEMENTS or len(self._open) >= MAX_DEPTH:
            problem = f"more than {MAX_ELEMENTS} elements, or nested more than {MAX_DEPTH} levels deep"
            raise WrongInput(problem, file=self._file, line=line)
        given = {(space or "", local): value for (space, local), value in attrs.items()}
        element = Element(
            name=name[1],
            namespace=name[0] or "",
            attributes={local: value for (space, local), value in given.items() if not space},
            line=line,
            foreign={key: value for key, value in given.items() if key[0]},
        )
        (self._open[-1].children if self._open else self._roots).append(element)
        self._open.append(element)
        self._texts.append([])

    def endElementNS(self, _name: tuple[str | None, str], _qname: str | None) -> None:  # noqa: N802
        # Joined once: a text comes in a piece a line, and there may be a million of them.
        self._open.pop().text = "".join(self._texts.pop())

    def characters(self, content: str) -> None:
        self._texts[-1].append(content)
