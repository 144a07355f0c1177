"""From a badge to the one text that a Data Integrity proof signs, and why that text is trusted.

Theory of operation. A Data Integrity signature protects an RDF graph, not the JSON. The two are
linked by contexts, and much can be added to the JSON that never reaches the graph, or means
something else there: a property without a definition, a relative address, an alias in a context
of one's own, a property moved to a second node of the same name. The signature of such a
document is still good. So a badge is *screened* first, and refused when any part of what we
would show might not be what was signed:

1. contexts are URLs from our own vendored set, never objects, never fetched, and stand only
   where a credential begins;
2. no name holds ":" or starts with "@" (a language-tagged string excepted) or with a capital,
   no label is a blank node, and no inner node describes the credential itself again;
3. nothing is dropped on the way (Data Integrity, "DATA_LOSS_DETECTION_ERROR"), and every
   address in the graph is absolute and well-formed;
4. depth, size and the work of canonicalisation are bounded by counting (`budget.py`).

`Unsafe` means the first kind of trouble: refuse. `Unsupported` means a vocabulary we do not
have, or more work than we do: nothing can be said.
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from badges.openbadges import budget
from badges.openbadges.budget import TooComplex
from badges.openbadges.errors import Unsafe, Unsupported
from badges.openbadges.strict_json import CREDENTIAL, JsonObject
from badges.openbadges.v3 import VC1, VC2
from badges.openbadges.values import many, types
from badges.openbadges.words import say

IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`\x7f-\xa0\s]+")
LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
# An endorsement's subject may be the very credential that carries it.
ENDORSED = {"id", "type", "endorsementComment"}
# Later editions of the 3.0.3 context define it, earlier ones do not. It is signed by itself.
TOLERATED = {"endorsementJwt"}
CHANGED = say("so it may say more than its issuer signed.")


def texts(document: JsonObject, digests: Sequence[str] = ("sha256",)) -> tuple[str, ...]:
    """The canonical N-Quads of a screened document, in every form that a signer may have had.

    Mostly one. Control characters are written as RDFC-1.0 escapes them and raw, as signers did
    before it; `endorsementJwt` with the edition of its context that defines it and the one that
    leaves it out; and once for each hash of `digests`, by which blank nodes may be numbered.
    Raises `Unsafe` or `Unsupported`.
    """
    from badges.openbadges import rdf  # half a second, which only some badges need

    found: list[str] = []
    for one in expansions(document):
        for digest in digests:
            raw = rdf.canonical(one, digest)
            found += [rdf.escaped(raw), raw]
    return tuple(dict.fromkeys(found))


def expansions(document: JsonObject) -> list[list[Any]]:
    """The expanded form of a screened document: mostly one, see `texts`."""
    from badges.openbadges import rdf

    screen(document)
    dropped: list[Any] = []
    expanded = [rdf.expand(document, dropped.append)]
    for name in dropped:
        _refuse_dropped(name)
    if dropped:
        expanded.insert(0, rdf.expand(document, _refuse_dropped, rdf.LATER))
    for one in expanded:
        _require_absolute(one)
    return expanded


def screen(document: JsonObject) -> None:
    """Refuse structures that let a holder change the meaning under a good signature."""
    contexts = many(document.get("@context"))
    _check_contexts(contexts)
    if contexts[0] not in (VC1, VC2):
        raise Unsafe(
            "context.order", say("This badge does not start from the vocabulary of credentials.")
        )
    said: Counter[str] = Counter()  # how much is said of each thing, wherever it is said
    stack: list[tuple[Any, int]] = [(document, 0)]
    while stack:
        value, depth = stack.pop()
        if depth > CREDENTIAL.depth:
            raise TooComplex
        budget.spend(budget.NODE)
        if isinstance(value, list):
            stack.extend((item, depth + 1) for item in value)
        elif isinstance(value, dict) and not _is_tagged_text(value):
            _check_names(value)
            if depth:
                _check_inner(value, document.get("id"))
            name = value.get("id")
            said[name if isinstance(name, str) else f"_:{id(value)}"] += sum(
                len(item) if isinstance(item, list) else 1 for item in value.values()
            )
            stack.extend((item, depth + 1) for item in value.values())
    # PyLD compares every value of a thing with every other.
    budget.spend(sum(count * count for count in said.values()))


def _check_contexts(contexts: list[Any]) -> None:
    from badges.openbadges import rdf  # half a second, which only some badges need

    if not contexts:
        raise Unsafe(
            "context.missing", say("This badge names no vocabulary, so it has no meaning.")
        )
    if not all(isinstance(context, str) for context in contexts):
        raise Unsafe(
            "context.inline",
            say("This badge brings a vocabulary of its own, {changed}", changed=CHANGED),
        )
    for context in contexts:
        if context not in rdf.RESOLVER.documents:
            raise Unsupported(
                "context.unknown",
                say(
                    "This badge uses a vocabulary that we do not have ({context}).",
                    context=context[:200],
                ),
            )


def _check_names(node: JsonObject) -> None:
    for name in node:
        aliased = ":" in name or (name.startswith("@") and name != "@context")
        # "Achievement", the type, stands for the same as "achievement", the property.
        if aliased or name[:1].isupper():
            raise Unsafe(
                "names.aliased",
                say("This badge spells a name in an unusual way, {changed}", changed=CHANGED),
            )
    own = node.get("id")
    if isinstance(own, str) and own.startswith("_:"):
        raise Unsafe(
            "names.blank",
            say("This badge labels its parts in an unusual way, {changed}", changed=CHANGED),
        )


def _check_inner(node: JsonObject, own: Any) -> None:
    if "@context" in node:
        # Endorsements are credentials of their own, inside this one.
        if "VerifiableCredential" not in types(node):
            raise Unsafe(
                "context.inner",
                say("This badge changes vocabulary inside, {changed}", changed=CHANGED),
            )
        _check_contexts(many(node["@context"]))
    if isinstance(own, str) and node.get("id") == own and not node.keys() <= ENDORSED:
        raise Unsafe(
            "names.twice", say("This badge describes itself twice, {changed}", changed=CHANGED)
        )


def _is_tagged_text(value: JsonObject) -> bool:
    """A string with its language (VC Data Model 2.0, 11.1)."""
    language = value.get("@language")
    return (
        value.keys() <= {"@value", "@language"}
        and isinstance(value.get("@value"), str)
        and (language is None or (isinstance(language, str) and bool(LANGUAGE.fullmatch(language))))
    )


def _refuse_dropped(name: Any) -> None:
    if name not in TOLERATED:
        raise Unsafe(
            "names.undefined",
            say(
                "This badge says something that its vocabulary does not define ({name}), {changed}",
                name=str(name)[:60],
                changed=CHANGED,
            ),
        )


def _require_absolute(expanded: list[Any]) -> None:
    stack: list[Any] = [expanded]
    while stack:
        node = stack.pop()
        if isinstance(node, list):
            stack.extend(node)
        elif isinstance(node, dict) and "@value" not in node:
            for name, value in node.items():
                if name == "@id":
                    _require_iri(value)
                elif name == "@type":
                    for kind in value:
                        _require_iri(kind)
                else:
                    if not name.startswith("@"):
                        _require_iri(name)
                    stack.append(value)


def _require_iri(value: Any) -> None:
    if not isinstance(value, str) or not IRI.fullmatch(value):
        raise Unsafe(
            "names.relative",
            say(
                "This badge holds an incomplete address ({value}), {changed}",
                value=str(value)[:60],
                changed=CHANGED,
            ),
        )
