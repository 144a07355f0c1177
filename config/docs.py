"""What the API can do: its OpenAPI document, and a page made from it for people."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer

GROUPS = {
    "me": (gettext_lazy("You"), gettext_lazy("Whose token this is, and what it may do.")),
    "badges": (
        gettext_lazy("Badges"),
        gettext_lazy("What you hold, what each check said, and the bytes as they came."),
    ),
    "imports": (
        gettext_lazy("Imports"),
        gettext_lazy("Bring badges in, and follow what becomes of each."),
    ),
    "pages": (
        gettext_lazy("Pages"),
        gettext_lazy("Choose badges, put them in order, say why they matter."),
    ),
    "links": (
        gettext_lazy("Share links"),
        gettext_lazy("Open a page to somebody, on your terms, for as long as you want."),
    ),
}


@lru_cache(maxsize=8)
def _document(language: str | None) -> str:
    """The OpenAPI document as JSON text. The code it is made from does not change as we run."""
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]
    schema = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return str(OpenApiJsonRenderer().render(schema).decode())


@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document, for programs."""
    return HttpResponse(_document(get_language()), content_type="application/json")


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The same document, for people."""
    document = json.loads(_document(get_language()))
    return render(
        request,
        "api/docs.html",
        {
            "groups": groups(document),
            "scheme": document["components"]["securitySchemes"]["token"],
            "site_url": settings.SITE_URL,
        },
    )


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Whoever guesses this address is looking for the documentation."""
    return redirect("api-docs")


@csrf_exempt
def nothing_here(request: HttpRequest) -> JsonResponse:
    """An address of the API that does not exist, answered in the API's own shape."""
    words = _("There is nothing at this address. What there is stands at /api/docs/.")
    return JsonResponse({"status": 404, "detail": words}, status=404)


# --- The page --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a request or one parameter of an address."""

    name: str
    kind: str
    required: bool
    words: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer that an operation may give."""

    code: str
    words: str
    example: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that the API can do."""

    name: str
    method: str
    path: str
    summary: str
    description: str
    scope: str
    parameters: tuple[Field, ...]
    body: tuple[Field, ...]
    sent: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """What can be done with one noun."""

    name: str
    title: str
    words: str
    operations: tuple[Operation, ...]


ANSWERS = {
    "200": gettext_lazy("Done"),
    "201": gettext_lazy("Made"),
    "202": gettext_lazy("Taken in; the work goes on behind"),
    "204": gettext_lazy("Done, nothing to say"),
    "400": gettext_lazy("Something in the request needs another look"),
    "401": gettext_lazy("No token, or one that has ended"),
    "403": gettext_lazy("The token’s scopes do not cover this"),
    "404": gettext_lazy("Nothing here, or not yours"),
    "413": gettext_lazy("Too large"),
    "429": gettext_lazy("Too often; Retry-After says how long to wait"),
}


def groups(document: Mapping[str, Any]) -> list[Group]:
    """The operations of an OpenAPI document of ours, noun by noun."""
    found: dict[str, list[Operation]] = {name: [] for name in GROUPS}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            found[operation["tags"][0]].append(_operation(document, path, method, operation))
    return [
        Group(name, str(title), str(words), tuple(found[name]))
        for name, (title, words) in GROUPS.items()
    ]


def _operation(
    document: Mapping[str, Any], path: str, method: str, operation: Mapping[str, Any]
) -> Operation:
    content = operation.get("requestBody", {}).get("content", {})
    return Operation(
        name=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        description=operation["description"],
        scope=operation.get("x-scope", ""),
        parameters=tuple(
            Field(
                name=parameter["name"],
                kind=_kind(document, parameter["schema"]),
                required=parameter.get("required", False),
                words=parameter.get("description", ""),
            )
            for parameter in operation.get("parameters", [])
            if parameter["in"] == "query"
        ),
        body=tuple(_fields(document, next(iter(content.values()), {}))),
        sent=_example(content),
        answers=tuple(
            Answer(code, str(ANSWERS.get(code, "")), _example(response.get("content", {})))
            for code, response in operation["responses"].items()
        ),
    )


def _resolved(document: Mapping[str, Any], part: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" in part:
        name = part["$ref"].rpartition("/")[2]
        return _resolved(document, document["components"]["schemas"][name])
    if len(part.get("allOf", [])) == 1:
        return _resolved(document, part["allOf"][0])
    return part


def _fields(document: Mapping[str, Any], content: Mapping[str, Any]) -> Iterator[Field]:
    whole = _resolved(document, content.get("schema", {}))
    for name, part in whole.get("properties", {}).items():
        yield Field(
            name=name,
            kind=_kind(document, part),
            required=name in whole.get("required", []),
            words=part.get("description", ""),
        )


def _kind(document: Mapping[str, Any], part: Mapping[str, Any]) -> str:
    whole = _resolved(document, part)
    if whole.get("type") == "array":
        return _("list of %(kind)s") % {"kind": _kind(document, whole["items"])}
    if "enum" in whole:
        return " | ".join(str(value) for value in whole["enum"] if value is not None)
    kind = {"uri": "url", "uuid": "id", "date-time": "time", "binary": "file"}.get(
        whole.get("format", ""), whole.get("type", "")
    )
    return str(kind)


def _example(content: Mapping[str, Any]) -> str:
    for kind in content.values():
        for example in kind.get("examples", {}).values():
            return json.dumps(example["value"], indent=2, ensure_ascii=False)
    return ""
