"""Prints the demo's badges and puts its issuers' sites into a folder."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from badges.documents import INDEX
from badges.openbadges import bakery
from badges.openbadges.credential import Version
from portfolio.services.demo import hosted, verifiable
from portfolio.services.demo.bench import Answer, Bench, picture, picture_url
from portfolio.services.demo.catalogue import AWARDS, ISSUERS, Form, Proof

OLD = {Proof.HOSTED, Proof.JWS}
GONE = {"cinderpath"}  # whose site answers no more


@dataclass(frozen=True, slots=True)
class Piece:
    """One badge as its learner has it: a file, or a text to paste."""

    slug: str
    form: Form
    data: bytes

    @property
    def file_name(self) -> str:
        return f"{AWARDS[self.slug].name.lower().replace(' ', '-').replace(':', '')}.{self.form}"


def pieces(bench: Bench) -> Iterator[Piece]:
    for slug, award in AWARDS.items():
        version = Version.OB2 if award.proof in OLD else Version.OB3
        text = (hosted if version is Version.OB2 else verifiable).text(bench, slug)
        if award.form in {Form.PNG, Form.SVG}:
            yield Piece(slug, award.form, bakery.bake(picture(slug), text, version))
        else:
            yield Piece(slug, award.form, text.encode())


def publish(bench: Bench, folder: Path) -> None:
    """Write what every issuer answers, in the form that `badges.documents` reads."""
    index: dict[str, dict[str, str]] = {}
    for number, answer in enumerate(_answers(bench)):
        ending = answer.content_type.partition("/")[2].split("+")[0]
        file = folder / f"{number:03}.{ending}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(answer.body)
        index[answer.url] = {"file": file.name, "content_type": answer.content_type}
    draft = folder / "index.new"
    draft.write_text(json.dumps(index, indent=1), "utf-8")
    draft.replace(folder / INDEX)


def _answers(bench: Bench) -> Iterator[Answer]:
    for name in ISSUERS:
        if name in GONE:
            continue
        old = any(award.issuer == name and award.proof in OLD for award in AWARDS.values())
        yield from (hosted if old else verifiable).answers(bench, name)
    for slug, award in AWARDS.items():
        if award.issuer not in GONE and award.proof is not Proof.NONE:
            kind = "image/svg+xml" if award.form is Form.SVG else "image/png"
            yield Answer(picture_url(slug), picture(slug), kind)
