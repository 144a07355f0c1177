"""The one module that touches PyLD: from JSON-LD to canonical N-Quads, bounded and offline.

Kept apart because importing PyLD costs half a second, and only badges with a Data Integrity
proof need it. PyLD keeps process-wide caches without locks, so every call holds one.
"""

import hashlib
import json
import re
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from pyld import jsonld
from pyld.canon import URDNA2015
from pyld.context_resolver import ContextResolver
from pyld.nquads import serialize_nquad
from pyld.resolved_context import ResolvedContext

from badges.openbadges import budget
from badges.openbadges.budget import TooComplex
from badges.openbadges.errors import Unsafe, Unsupported
from badges.openbadges.strict_json import JsonObject
from badges.openbadges.words import say

CONTEXTS = Path(__file__).parent / "contexts"
LOCK = threading.Lock()
MAX_KEPT = 4_000  # contexts in every order that a stranger thinks of would fill the memory

# RDF Dataset Canonicalization escapes these in literals; PyLD writes them raw.
ESCAPES = {code: f"\\u{code:04X}" for code in [*range(0x20), 0x7F]} | {8: "\\b", 12: "\\f"}
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
del ESCAPES[10]  # the end of a line; one inside a literal is already escaped


class _Bounded(URDNA2015):  # type: ignore[misc]  # PyLD is untyped
    """Canonicalisation that gives up on graphs made to take for ever.

    The work grows with the factorial of how many blank nodes look alike. Real badges need
    none of it, or a few dozen steps; a copied issuer of labels costs as much as it is long.
    """

    def __init__(self, digest: str) -> None:
        super().__init__()
        self.digest = digest

    def create_hash(self) -> Any:
        return hashlib.new(self.digest)

    def modify_first_degree_component(self, id_: str, component: Any, key: str) -> Any:
        if component["type"] != "blank node":
            return component
        return {"type": "blank node", "value": "_:a" if component["value"] == id_ else "_:z"}

    def hash_n_degree_quads(self, id_: str, issuer: Any) -> Any:
        budget.spend(budget.LABEL * (1 + len(issuer.order) // 4))
        return super().hash_n_degree_quads(id_, issuer)


class _Resolver(ContextResolver):  # type: ignore[misc]  # PyLD is untyped
    """Resolves contexts from our folder alone, each processed once in the life of the process.

    PyLD finds a scoped context in its cache by canonicalising it to text each time, which is a
    third of a verification. Ours live in `documents` for ever, so identity will do.
    """

    def __init__(self, documents: dict[str, JsonObject]) -> None:
        super().__init__({}, self._load)
        self.documents = documents
        self._kept: dict[int, tuple[Any, ResolvedContext]] = {}

    def resolve(self, active_ctx: Any, context: Any, base: Any, cycles: Any = None) -> Any:
        if not isinstance(context, Mapping) or "@context" in context:
            return super().resolve(active_ctx, context, base, cycles)
        kept = self._kept.get(id(context))
        if kept is None or kept[0] is not context:
            if len(self._kept) >= MAX_KEPT:
                self._kept.clear()
            kept = (context, ResolvedContext(context))
            self._kept[id(context)] = kept
        return [kept[1]]

    def _load(self, url: str, _options: Any) -> JsonObject:
        if url not in self.documents:
            raise Unsupported("context.unknown", say("This badge uses a vocabulary unknown to us."))
        document = self.documents[url]
        return {"contextUrl": None, "documentUrl": url, "document": document, "tag": "static"}


class _Processor(jsonld.JsonLdProcessor):  # type: ignore[misc]  # PyLD is untyped
    """Expansion that remembers contexts which belong to a type, as PyLD does for all others.

    PyLD gives each of those a new name every time, so that its own cache never finds them.
    """

    kept: ClassVar[dict[tuple[Any, ...], tuple[Any, Any, Any]]] = {}

    def _process_context(
        self,
        active_ctx: Any,
        local_ctx: Any,
        options: Any,
        override_protected: bool = False,
        propagate: bool = True,
        validate_scoped: bool = True,
        cycles: Any = None,
    ) -> Any:
        key = (id(active_ctx), id(local_ctx), override_protected)
        kept = None if propagate else self.kept.get(key)
        if kept is not None and kept[0] is active_ctx and kept[1] is local_ctx:
            return kept[2]
        found = super()._process_context(
            active_ctx, local_ctx, options, override_protected, propagate, validate_scoped, cycles
        )
        if not propagate:
            if len(self.kept) >= MAX_KEPT:
                self.kept.clear()
            self.kept[key] = (active_ctx, local_ctx, found)
        return found


class _Writer(jsonld.JsonLdProcessor):  # type: ignore[misc]  # PyLD is untyped
    """Writes statements of what is expanded already; PyLD would expand it a second time."""

    def expand(self, input_: Any, options: Any) -> Any:
        return input_


def _read_contexts() -> dict[str, JsonObject]:
    """The pinned contexts, refused when a file is not the one that was vendored."""
    found = {}
    for row in json.loads((CONTEXTS / "index.json").read_text("utf-8")):
        raw = (CONTEXTS / row["file"]).read_bytes()
        if hashlib.sha256(raw).hexdigest() != row["sha256"]:
            raise RuntimeError(f"{row['file']} is not the context that was vendored")
        found[row["url"]] = json.loads(raw)
    return found


def _later(documents: dict[str, JsonObject]) -> dict[str, JsonObject]:
    """The same contexts with the one term that 1EdTech added to 3.0.3 after it was packaged."""
    url = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
    term = {"@id": "https://purl.imsglobal.org/spec/vc/ob/vocab.html#endorsementJwt"}
    context = documents[url]["@context"] | {"endorsementJwt": term | {"@container": "@set"}}
    return documents | {url: {"@context": context}}


RESOLVER = _Resolver(_read_contexts())
LATER = _Resolver(_later(RESOLVER.documents))


def expand(
    document: JsonObject, on_dropped: Callable[[Any], None], resolver: _Resolver = RESOLVER
) -> list[Any]:
    """The expanded form. `on_dropped` hears of each property that no context defines."""
    with LOCK:
        try:
            processor = _Processor(on_property_dropped=on_dropped)
            options = {"contextResolver": resolver, "documentLoader": resolver.document_loader}
            expanded: list[Any] = processor.expand(document, {**options, "base": ""})
        except jsonld.JsonLdError as error:
            raise _unwrapped(error) from error
        except RecursionError:
            raise TooComplex from None
    return expanded


def canonical(expanded: list[Any], digest: str = "sha256") -> str:
    """Canonical N-Quads (RDFC-1.0) of an expanded document, as PyLD writes them."""
    text, _ = labelled(expanded, digest=digest)
    return text


def labelled(
    expanded: list[Any], prefix: str = "", digest: str = "sha256"
) -> tuple[str, dict[str, str]]:
    """The same, and which canonical label each blank node got.

    With `prefix`, nodes whose address begins with it are taken for blank nodes of that name.
    """
    with LOCK:
        dataset = _dataset(expanded)
        if prefix:
            for quads in dataset.values():
                for part in (one for quad in quads for one in quad.values()):
                    if part["value"].startswith(prefix) and part["type"] == "IRI":
                        part |= {"type": "blank node", "value": "_:" + part["value"]}
        engine = _Bounded(digest)
        try:
            with budget.limited():
                text: str = engine.main(dataset, {"format": "application/n-quads"})
        except RecursionError:
            raise TooComplex from None
    labels = engine.canonical_issuer.existing
    return text, {name.removeprefix("_:"): label for name, label in labels.items()}


def statements(expanded: list[Any]) -> list[str]:
    """The N-Quads of an expanded document, as they come."""
    with LOCK:
        dataset = _dataset(expanded)
    graphs = ((None if name == "@default" else name, quads) for name, quads in dataset.items())
    if any(name is not None for name, quads in graphs if quads):
        raise Unsupported("graph.several", say("This badge wraps others in a way unknown to us."))
    return [serialize_nquad(quad) for quad in dataset.get("@default", [])]


def _dataset(expanded: list[Any]) -> dict[str, list[Any]]:
    options = {"contextResolver": RESOLVER, "documentLoader": RESOLVER.document_loader}
    try:
        found: dict[str, list[Any]] = _Writer().to_rdf(expanded, {**options, "base": ""})
    except jsonld.JsonLdError as error:
        raise _unwrapped(error) from error
    except RecursionError:
        raise TooComplex from None
    return found


def escaped(canonical_text: str) -> str:
    """The same with control characters escaped as RDFC-1.0 wants them."""
    return canonical_text.translate(ESCAPES) if CONTROL.search(canonical_text) else canonical_text


def _unwrapped(error: BaseException) -> Exception:
    """Our own refusal from inside PyLD's wrapping, or that this is no JSON-LD at all."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, Unsafe | Unsupported):
            return cause
        cause = getattr(cause, "cause", None) or cause.__cause__
    return Unsafe(
        "graph.invalid",
        say("The words of this badge do not fit its vocabulary, so its signature proves nothing."),
    )
