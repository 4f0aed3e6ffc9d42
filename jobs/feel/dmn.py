"""What reading and writing DMN share: namespaces, and the attribute that marks an input as optional."""

from __future__ import annotations

DMN_1_3 = "https://www.omg.org/spec/DMN/20191111/MODEL/"
"""The version that is written."""

NAMESPACES = {
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd": "1.1",
    "http://www.omg.org/spec/DMN/20180521/MODEL/": "1.2",
    DMN_1_3: "1.3",
    "https://www.omg.org/spec/DMN/20211108/MODEL/": "1.4",
    "https://www.omg.org/spec/DMN/20230324/MODEL/": "1.5",
}
"""The versions that are read."""

OWN_NAMESPACE = "urn:oficina:dmn"
"""DMN has no word for an input that may be null: `oficina:opcional` says it."""

FEEL_1_3 = "https://www.omg.org/spec/DMN/20191111/FEEL/"
"""The expression language of what is written."""
