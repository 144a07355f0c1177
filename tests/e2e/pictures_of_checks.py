"""Pictures of /verify: one badge in each state, given by hand to the demo's site.

Most are the demo learner's own, as they come out of the backpack again. Three are made of those,
since the demo has none that was changed, signed by a stranger or put aside for a time.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from playwright.sync_api import Browser, Page, expect

from badges.openbadges import bakery, keys, parse, proofs
from badges.openbadges.credential import Version
from tests.credentials import Signer
from tests.issuer import Issuer

OF_THE_DEMO = {
    "valid": "Data Ethics and Privacy",
    "expired": "German B1",
    "revoked": "Dashboard Design",
    "unreachable": "Camp Counsellor",
}
VERDICTS = {
    "valid": "Genuine and in force",
    "expired": "Expired",
    "revoked": "Taken back by its issuer",
    "suspended": "Suspended by its issuer",
    "tampered": "Do not rely on this badge",
    "unanchored": "Signed, but by whom is not shown",
    "unreachable": "Could not be fully checked",
}
SCHOOL = Signer("Harbour College")


@contextmanager
def lists() -> Iterator[str]:
    """A site at issuer.test that keeps the list of what is suspended; yields its FETCH_ALLOW."""
    with Issuer() as issuer:
        listed = SCHOOL.status_list(7, purpose="suspension")
        issuer.put("/status/suspension", listed.body)
        yield f"issuer.test={issuer.address}"


def given(page: Page) -> dict[str, bytes]:
    """What is given to be checked, by state. `page` is the learner's, signed in."""
    found = {state: original(page, name) for state, name in OF_THE_DEMO.items()}
    picture, good = found["valid"], read(found["valid"])
    changed = good | {"name": "Data Ethics and Privacy, with distinction"}
    changed["credentialSubject"]["achievement"]["name"] = changed["name"]
    found["tampered"] = baked(picture, changed)
    stranger = keys.generate()
    bare = {name: value for name, value in read(found["valid"]).items() if name != "proof"}
    method = f"{good['issuer']['id']}#{keys.to_multikey(stranger.public_key())}"
    found["unanchored"] = baked(picture, proofs.sign(bare, stranger, method, datetime.now(UTC)))
    aside = bare | {
        "issuer": {"id": SCHOOL.did, "type": ["Profile"], "name": SCHOOL.name},
        "credentialStatus": SCHOOL.status(7, "suspension"),
    }
    signed = proofs.sign(aside, SCHOOL.key, SCHOOL.method, datetime.now(UTC))
    found["suspended"] = baked(picture, signed)
    return {state: found[state] for state in VERDICTS}


def original(page: Page, name: str) -> bytes:
    page.goto(f"/badges/?q={name.replace(' ', '+')}")
    page.get_by_role("link", name=name).first.click()
    address = page.get_by_role("link", name="Download the original").get_attribute("href")
    assert address
    return page.request.get(address).body()


def read(data: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(parse.read(data).text)
    return found


def baked(picture: bytes, credential: dict[str, Any]) -> bytes:
    return bakery.bake(picture, json.dumps(credential), Version.OB3)


def checked(browser: Browser, url: str, badges: dict[str, bytes]) -> Iterator[tuple[str, str]]:
    """Have each checked by somebody without an account: its state, and where its answer is."""
    context = browser.new_context(base_url=url, locale="en-GB")
    page = context.new_page()
    for state, data in badges.items():
        page.goto("/verify/")
        file: Any = {"name": "badge", "mimeType": "application/octet-stream", "buffer": data}
        page.set_input_files("input[type=file]", file)
        page.get_by_role("button", name="Check").click()
        expect(page.locator(".verdict h1")).to_have_text(VERDICTS[state], timeout=60_000)
        yield state, page.url
    context.close()
