"""Both readers of connected accounts: what a provider offers, and its list, page by page."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from badges import oauth
from badges.addresses import parse
from badges.fetch import Fetcher, Policy, openings
from badges.openbadges.errors import OpenBadgesError, Unreachable
from badges.openbadges.fetching import JSON_TYPES, MAX_BYTES, Fetch, Fetched
from badges.openbadges.verify import Result, verify
from badges.sources import badge_connect, ob3_api, readers, recognise_link
from badges.sources.account import AccountReader, BadOffer, Home, Offer, pieces
from badges.sources.base import Found, Nothing
from tests.simulators.base import Mode
from tests.simulators.provider import ADA, BADGES, BC, OB3, Fault, Provider, credential, token

KINDS: dict[str, tuple[AccountReader, str]] = {
    BC: (badge_connect.BadgeConnect(), "assertions"),
    OB3: (ob3_api.OpenBadgesApi(), "credentials"),
}
BOTH = pytest.mark.parametrize("base", [BC, OB3])
NOW = datetime(2026, 11, 24, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=5,
)


@contextmanager
def keyed(provider: Provider, base: str, *, total: float = 15) -> Iterator[Fetch]:
    """A fetch that shows a key to this provider, through the real door."""
    private, stand_ins = openings([provider.allow])
    key = provider.key(base)
    with Fetcher(Policy(private=frozenset(private), stand_ins=stand_ins, total=total)) as get:

        def fetch(
            url: str,
            *,
            accept: str = JSON_TYPES,
            max_bytes: int = MAX_BYTES,
            max_age: float = 0,
        ) -> Fetched:
            assert max_age == 0, "somebody's own list must never be remembered for others"
            headers = oauth.bearer(key)
            return get.send("GET", url, headers=headers, accept=accept, max_bytes=max_bytes)

        yield fetch


def read(provider: Provider, base: str, *, since: str = "", total: float = 15) -> list[Found]:
    answers = {"base": provider.origin + base, "since": since}
    with keyed(provider, base, total=total) as fetch:
        return list(KINDS[base][0].find(answers, fetch=fetch))


# --- A list


@BOTH
def test_all_pages_are_read_and_each_badge_comes_once(provider: Provider, base: str) -> None:
    found = read(provider, base)
    assert len({one.key for one in found}) == len(found) == BADGES
    assert [request.query["offset"] for request in provider.seen] == ["0", "10", "20"]
    assert all(one.data for one in found)


def test_badges_are_handed_on_byte_by_byte(provider: Provider) -> None:
    found = {one.data.decode() for one in read(provider, OB3)}
    assert found == {credential(n) if n % 5 else token(n) for n in range(BADGES)}


def test_labels_are_names(provider: Provider) -> None:
    assert {one.label for one in read(provider, OB3)} == {
        f"Sailing, part {number}" for number in range(BADGES)
    }


@BOTH
def test_what_is_found_can_be_checked_for_real(provider: Provider, base: str) -> None:
    found = {int(one.key.rpartition("/")[2][-2:]): one for one in read(provider, base)}
    private, stand_ins = openings([provider.allow])
    with Fetcher(Policy(private=frozenset(private), stand_ins=stand_ins)) as get:
        results = {
            number: verify(found[number].data, fetch=get, now=NOW, addresses=(ADA,)).result
            for number in (1, 3, 4)
        }
    expected = {1: Result.VALID, 3: Result.EXPIRED, 4: Result.VALID}
    assert results == expected | ({4: Result.REVOKED} if base == BC else {})


@BOTH
def test_only_what_is_new_is_asked_for(provider: Provider, base: str) -> None:
    found = read(provider, base, since="2026-01-20T00:00:00Z")
    assert len(found) == BADGES - 19
    assert provider.seen[0].query["since"] == "2026-01-20T00:00:00Z"


@BOTH
def test_a_provider_that_knows_no_since_lists_everything(provider: Provider, base: str) -> None:
    provider.faults = {Fault.IGNORES_SINCE}
    assert len(read(provider, base, since="2026-01-20T00:00:00Z")) == BADGES


@pytest.mark.parametrize(
    ("base", "fault"),
    [
        (BC, Fault.COUNT_ONLY),
        (OB3, Fault.COUNT_ONLY),
        (BC, Fault.RESULTS),
        (BC, Fault.WRAPPED),
        (OB3, Fault.PLURAL),
        (BC, Fault.ENDLESS_SAME),
        (OB3, Fault.ENDLESS_SAME),
    ],
)
def test_other_spellings_of_the_same_list(provider: Provider, base: str, fault: Fault) -> None:
    provider.faults = {fault}
    assert len(read(provider, base)) == BADGES


@BOTH
def test_a_list_without_an_end_ends(provider: Provider, base: str) -> None:
    provider.faults, provider.per_page = {Fault.ENDLESS_NEW}, 1
    kind = type(KINDS[base][0])
    patient = type("Patient", (kind,), {"max_pages": 7})()
    answers = {"base": provider.origin + base, "since": ""}
    with keyed(provider, base) as fetch, pytest.raises(Nothing, match="never comes to an end"):
        list(patient.find(answers, fetch=fetch))
    assert len(provider.requests) == 7
    assert kind.max_pages == 200


@BOTH
def test_the_next_page_is_never_on_another_site(provider: Provider, base: str) -> None:
    provider.faults = {Fault.LINK_AWAY}
    # The count still tells that there is more, and where: on the same site.
    assert len(read(provider, base)) == BADGES
    assert all(request.headers["host"] == "provider.test" for request in provider.seen)


@BOTH
@pytest.mark.parametrize(
    ("mode", "error"),
    [
        (Mode.BROKEN, Unreachable),
        (Mode.THROTTLED, Unreachable),
        (Mode.REFUSING, OpenBadgesError),
        (Mode.GONE, Nothing),
        (Mode.HTML, Nothing),
        (Mode.TRUNCATED, Nothing),
    ],
)
def test_a_bad_day_is_told_in_words(
    provider: Provider, base: str, mode: Mode, error: type[OpenBadgesError]
) -> None:
    provider.mode = mode
    with pytest.raises(error) as caught:
        read(provider, base)
    assert type(caught.value) is error
    assert "provider.test" in caught.value.message


@BOTH
def test_a_slow_one_is_given_up(provider: Provider, base: str) -> None:
    provider.mode, provider.delay = Mode.SLOW, 5
    with pytest.raises(Unreachable):
        read(provider, base, total=0.3)


@BOTH
@pytest.mark.parametrize("mode", [Mode.DEAD_IMAGES, Mode.ODD])
def test_moods_that_do_not_touch_a_list(provider: Provider, base: str, mode: Mode) -> None:
    provider.mode = mode
    assert len(read(provider, base)) == BADGES


@BOTH
@pytest.mark.parametrize("fault", [Fault.NEVER_LETS_IN, Fault.FORBIDDEN, Fault.LIST_HTML])
def test_a_key_that_opens_nothing(provider: Provider, base: str, fault: Fault) -> None:
    provider.faults = {fault}
    with pytest.raises(OpenBadgesError) as caught:
        read(provider, base)
    assert not isinstance(caught.value, Unreachable)


def test_an_error_inside_an_envelope_is_an_error(provider: Provider) -> None:
    provider.faults = {Fault.STATUS_INSIDE}
    with pytest.raises(Unreachable, match="503"):
        read(provider, BC)


def test_neither_reader_takes_a_link() -> None:
    assert {"badge_connect", "ob3_api"} <= set(readers())
    seen = recognise_link("https://provider.test/.well-known/badgeconnect.json")
    assert seen is None or seen.reader not in KINDS


# --- Odd lists, without a server


def answering(*bodies: bytes) -> Fetch:
    """A fetch that gives these answers, one after another."""
    waiting = iter(bodies)

    def fetch(
        url: str, *, accept: str = "", max_bytes: int = MAX_BYTES, max_age: float = 0
    ) -> Fetched:
        return Fetched(url, url, 200, "application/json", next(waiting))

    return fetch


def listed(base: str, body: bytes) -> list[Found]:
    answers = {"base": f"https://provider.test{base}", "since": ""}
    return list(KINDS[base][0].find(answers, fetch=answering(body)))


def assertions(*values: Any) -> list[Found]:
    return listed(BC, json.dumps({"assertions": values}).encode())


def test_an_assertion_may_be_an_address_a_wrapping_or_a_bare_copy() -> None:
    jws = token(1)
    found = assertions(
        "https://a.example/1",
        {"assertion": "http://a.example/2"},
        {"signedAssertion": jws},
        {"id": "http://a.example/3", "badge": {"name": "Knots"}},
        {"@context": "https://w3id.org/openbadges/v2", "id": "https://a.example/4", "badge": "x"},
    )
    assert [(one.url, bool(one.data)) for one in found] == [
        ("https://a.example/1", False),
        ("http://a.example/2", False),
        ("", True),
        ("http://a.example/3", False),
        ("", True),
    ]
    assert found[3].label == "Knots"


@BOTH
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"[" * 100_000,
        b'{"assertions": [' + b"[" * 100_000,
        b"\xff\xfe{}",
        b'{"credential": [}',
        b'{"assertions": [1,]}',
    ],
)
def test_what_is_no_list_is_nothing(base: str, body: bytes) -> None:
    with pytest.raises(Nothing):
        listed(base, body)


@BOTH
@pytest.mark.parametrize("body", [b"{}", b'{"other": [1]}', b'\xef\xbb\xbf {"credential": null}'])
def test_an_empty_list_is_no_error(base: str, body: bytes) -> None:
    assert listed(base, body) == []


@BOTH
@given(values=st.lists(JSON, max_size=4), name=st.sampled_from(["id", "badge", "vc", "name"]))
def test_no_element_raises_anything_else(base: str, values: list[Any], name: str) -> None:
    lists = KINDS[base][0].lists
    body = {lists[0]: [*values, *({name: value} for value in values)], lists[1]: values}
    try:
        found = listed(base, json.dumps(body).encode())
    except OpenBadgesError:
        return
    for one in found:
        assert one.key
        assert len(one.key) <= 300
        assert len(one.label) <= 300
        assert one.url or one.data


@BOTH
@given(status=JSON)
def test_no_envelope_raises_anything_else(base: str, status: Any) -> None:
    body = json.dumps({"status": status, "credential": [{"id": "a"}]}).encode()
    with suppress(OpenBadgesError):
        listed(base, body)


@given(JSON, st.sampled_from([None, 1, 3]))
def test_pieces_are_exactly_what_stands_there(value: Any, indent: int | None) -> None:
    body = json.dumps({"a": {"b": value}, "list": [value, {"x": value}, value]}, indent=indent)
    found = list(pieces(body, {"list"}))
    again = [json.loads(piece) for _value, piece in found]
    assert json.dumps(again) == json.dumps([value, {"x": value}, value])
    assert all(piece in body for _value, piece in found)


def test_the_same_badge_in_two_lists_is_one() -> None:
    body = {"credential": [{"id": "urn:1"}, {"id": "urn:1"}, {"id": "urn:2"}]}
    assert [one.key for one in listed(OB3, json.dumps(body).encode())] == ["urn:1", "urn:2"]


def test_nothing_but_badges_is_kept() -> None:
    body = {"credential": [], "profile": {"email": "ada@example.org", "phone": "1"}}
    assert listed(OB3, json.dumps(body).encode()) == []


# --- What a provider offers

MANIFEST: dict[str, Any] = {
    "name": "Northwind",
    "apiBase": "https://one.test/ims/ob/v2p1/",
    "version": "v2p1",
    "termsOfServiceUrl": "https://northwind.example/terms",
    "privacyPolicyUrl": "javascript:alert(1)",
    "scopesOffered": [badge_connect.SCOPE, "offline_access"],
    "registrationUrl": "https://one.test/register",
    "authorizationUrl": "https://one.test/authorize?tenant=1",
    "tokenUrl": "https://one.test/token",
    "tokenRevocationUrl": "https://one.test/revoke",
}
DOORS = ["apiBase", "registrationUrl", "authorizationUrl", "tokenUrl", "tokenRevocationUrl"]


def home(url: str = f"https://one.test{badge_connect.PATH}", **hosts: str) -> Home:
    return Home(
        url, parse(url), {k.replace("_", "."): v for k, v in hosts.items()}, lambda _: False
    )


def manifest(**changes: Any) -> Offer:
    api = {key: value for key, value in {**MANIFEST, **changes}.items() if value is not ...}
    (offer,) = badge_connect.offers({"badgeConnectAPI": [api]}, home())
    return offer


def discovery(scheme: dict[str, Any] | None = None, **flow: Any) -> Offer:
    flow = {
        "tokenUrl": "https://one.test/token",
        "authorizationUrl": "https://one.test/authorize",
        "scopes": {badge_connect.SCOPE_3: "", "offline_access": ""},
        **flow,
    }
    flow = {key: value for key, value in flow.items() if value is not ...}
    scheme = {
        "x-imssf-registrationUrl": "https://one.test/register",
        "flows": {"authorizationCode": flow},
        **(scheme or {}),
    }
    components = {"securitySchemes": {"OAuth2ACG": scheme}}
    described = {"info": {"title": "Northwind"}, "components": components}
    (offer,) = ob3_api.offers(described, home(f"https://one.test/x{ob3_api.PATH}"))
    return offer


def test_a_manifest_is_read() -> None:
    assert manifest() == Offer(
        kind="badge_connect",
        name="Northwind",
        host="one.test",
        base="https://one.test/ims/ob/v2p1",
        found_at=f"https://one.test{badge_connect.PATH}",
        registration="https://one.test/register",
        authorization="https://one.test/authorize?tenant=1",
        token="https://one.test/token",
        refresh="https://one.test/token",
        revocation="https://one.test/revoke",
        scopes=(badge_connect.SCOPE, "offline_access"),
        terms="https://northwind.example/terms",
        privacy="",
    )


def test_a_service_description_is_read() -> None:
    offer = discovery()
    assert (offer.kind, offer.base) == ("ob3_api", "https://one.test/x/ims/ob/v3p0")
    assert offer.scopes == (badge_connect.SCOPE_3, "offline_access")
    assert (offer.refresh, offer.revocation) == ("https://one.test/token", "")
    assert discovery(refreshUrl="https://one.test/renew").refresh == "https://one.test/renew"
    assert discovery({"x-imssf-name": "North"}).name == "North"


@pytest.mark.parametrize(
    "address",
    [
        "http://one.test/token",
        "https://two.test/token",
        "https://one.test.evil.test/token",
        "https://evil.test/one.test",
        "https://one.test:8443/token",
        "https://sub.one.test/token",
        "https://0ne.test/token",
        "https://one.test@evil.test/token",
        "https://one.test\\@evil.test/token",
        "https://о\u200bne.test/token",
        "https://оne.test/token",
        "https://one.test/token#x",
        "//one.test/token",
        "/token",
        "javascript:alert(1)",
        "https://127.0.0.1/token",
        "",
        None,
        7,
        ["https://one.test/token"],
        "https://one.test/" + "x" * 5000,
    ],
)
@pytest.mark.parametrize("door", DOORS)
def test_every_door_is_on_the_one_host_behind_https(door: str, address: Any) -> None:
    if door == "tokenRevocationUrl" and address in ("", None):
        assert manifest(**{door: address}).revocation == ""
        return
    with pytest.raises(BadOffer, match=r"one\.test"):
        manifest(**{door: address})
    renamed = {"authorizationUrl": "authorizationUrl", "tokenUrl": "tokenUrl"}.get(door)
    if renamed:
        with pytest.raises(BadOffer):
            discovery(**{renamed: address})


@pytest.mark.parametrize("door", [door for door in DOORS if door != "tokenRevocationUrl"])
def test_no_door_may_be_missing(door: str) -> None:
    with pytest.raises(BadOffer):
        manifest(**{door: ...})


def test_the_same_host_in_another_spelling_is_the_same() -> None:
    assert manifest(tokenUrl="HTTPS://ONE.test:443/token").token == "https://one.test/token"


def test_an_administrator_may_say_that_two_hosts_are_one() -> None:
    api = MANIFEST | {"tokenUrl": "https://api.one.test/token"}
    pair = home(one_test="api.one.test")
    (offer,) = badge_connect.offers({"badgeConnectAPI": [api]}, pair)
    assert offer.token == "https://api.one.test/token"
    api |= {"tokenUrl": "https://evil.test/token"}
    with pytest.raises(BadOffer, match=r"evil\.test"):
        badge_connect.offers({"badgeConnectAPI": [api]}, pair)


def test_plain_http_needs_a_place_that_was_opened_for_development() -> None:
    url = "http://localhost:8701/.well-known/badgeconnect.json"
    api = {
        key: value.replace("https://one.test", "http://localhost:8701")
        for key, value in MANIFEST.items()
        if isinstance(value, str)
    }
    at = Home(url, parse(url), {}, lambda target: target.port == 8701)
    (offer,) = badge_connect.offers({"badgeConnectAPI": [api]}, at)
    assert offer.token == "http://localhost:8701/token"
    with pytest.raises(BadOffer, match="https"):
        badge_connect.offers({"badgeConnectAPI": [api]}, replace(at, plain=lambda _: False))


def test_of_several_apis_the_good_ones_count() -> None:
    apis = [
        MANIFEST | {"tokenUrl": "https://evil.test/token"},
        "not one",
        MANIFEST,
        MANIFEST | {"apiBase": "https://one.test/school/ims/ob/v2p1"},
        MANIFEST
        | {
            "apiBase": "https://one.test/ims/ob/v3p0",
            "scopesOffered": [badge_connect.SCOPE_3],
        },
    ]
    offers = badge_connect.offers({"badgeConnectAPI": apis}, home())
    assert [(offer.kind, offer.scopes[0]) for offer in offers] == [
        ("badge_connect", badge_connect.SCOPE),
        ("badge_connect", badge_connect.SCOPE),
        ("ob3_api", badge_connect.SCOPE_3),
    ]
    with pytest.raises(BadOffer, match=r"evil\.test"):
        badge_connect.offers({"badgeConnectAPI": apis[:1]}, home())


@pytest.mark.parametrize(
    ("offered", "asked"),
    [
        (..., (badge_connect.SCOPE, "offline_access")),
        ([], (badge_connect.SCOPE, "offline_access")),
        ([badge_connect.SCOPE], (badge_connect.SCOPE,)),
        (
            ["https://purl.imsglobal.org/spec/obc/v1p0/oauth2scope/assertion.readonly"],
            ("https://purl.imsglobal.org/spec/obc/v1p0/oauth2scope/assertion.readonly",),
        ),
    ],
)
def test_no_more_is_asked_for_than_reading(offered: Any, asked: tuple[str, ...]) -> None:
    assert manifest(scopesOffered=offered).scopes == asked


@pytest.mark.parametrize("offered", [["x"], [7], ["a assertion.readonly"], [{}]])
def test_without_reading_there_is_nothing_to_connect(offered: Any) -> None:
    with pytest.raises(BadOffer, match="read badges"):
        manifest(scopesOffered=offered)


def test_a_name_is_one_line_and_may_be_missing() -> None:
    assert manifest(name="North\u202ewind\n" + "x" * 200).name.isprintable()
    assert len(manifest(name="x" * 200).name) == 100
    assert manifest(name=...).name == "one.test"


@pytest.mark.parametrize("read_offers", [badge_connect.offers, ob3_api.offers])
@given(document=st.dictionaries(st.text(max_size=8), JSON, max_size=4), value=JSON)
def test_no_description_raises_anything_else(
    read_offers: Callable[[Any, Home], tuple[Offer, ...]], document: dict[str, Any], value: Any
) -> None:
    scheme = {"OAuth2ACG": value, "other": {"flows": value}}
    for described in (
        document,
        document | {"badgeConnectAPI": value},
        {"badgeConnectAPI": [value, document]},
        {"info": value, "components": value},
        {"components": {"securitySchemes": value}},
        {"components": {"securitySchemes": scheme}},
    ):
        with pytest.raises(BadOffer):
            read_offers(described, home())


@given(st.sampled_from(sorted(MANIFEST)), JSON)
def test_no_value_of_a_manifest_raises_anything_else(name: str, value: Any) -> None:
    try:
        offer = manifest(**{name: value})
    except BadOffer:
        return
    assert offer.token == "https://one.test/token"
