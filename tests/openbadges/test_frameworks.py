"""Addresses and codes of frameworks: every spelling falls on one, and nobody speaks for another."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from badges.openbadges.frameworks import Framework, Kind, identify, technology

U = "0abc1d9a-1a2b-4c3d-8e9f-0a1b2c3d4e5f"
ESCO = f"http://data.europa.eu/esco/skill/{U}"
READING = "https://www.onetonline.org/find/descriptor/result/2.A.1.a"
DEVELOPER = "https://www.onetonline.org/link/summary/15-1252.00"
LIGHTCAST_ID = "KS1200AB7CD9CR9LB4WW"
LIGHTCAST = f"https://lightcast.io/open-skills/skills/{LIGHTCAST_ID}"
REGISTRY = f"https://credentialengineregistry.org/resources/ce-{U}"


@pytest.mark.parametrize(
    ("address", "url"),
    [
        (ESCO, ESCO),
        (f"https://data.europa.eu/esco/skill/{U}", ESCO),
        (f" HTTPS://Data.Europa.EU:443/esco/skill/{U.upper()}/?language=de#top ", ESCO),
        (f"https://data.europa.eu./esco/skill/{U}", ESCO),
        (f"data.europa.eu/esco/skill/{U}", ESCO),
        (f"/esco/skill/{U}", ESCO),
        (f"esco/skill/{U}", ESCO),
        (f"esco:skill/{U}", ESCO),
        (f"https://esco.ec.europa.eu/en/classification/skills?uri={ESCO}", ESCO),
        (
            "https://esco.ec.europa.eu/de/classification/skill?x=1"
            f"&uri=http%3A%2F%2Fdata.europa.eu%2Fesco%2Fskill%2F{U}",
            ESCO,
        ),
        (f"https://ec.europa.eu/esco/portal/skill?uri={ESCO}&conceptLanguage=en", ESCO),
        ("http://data.europa.eu/esco/skill/s5.6.1", "http://data.europa.eu/esco/skill/S5.6.1"),
        (READING, READING),
        ("http://onetonline.org/find/descriptor/result/2.A.1.a?s=2&a=1", READING),
        ("https://www.onetonline.org/find/descriptor/browse/2.A.1.a/", READING),
        ("https://www.onetcenter.org/skills/2.A.1.a", READING),
        ("https://services.onetcenter.org/ws/online/onet_data/element/2.A.1.a", READING),
        (
            "https://www.onetonline.org/search/tech/example?e=Graph++Paper",
            "https://www.onetonline.org/search/tech/example?e=graph+paper",
        ),
        (LIGHTCAST, LIGHTCAST),
        (f"https://lightcast.io/open-skills/skills/{LIGHTCAST_ID}/splicing-ropes", LIGHTCAST),
        (f"https://skills.lightcast.io/skills/{LIGHTCAST_ID.lower()}", LIGHTCAST),
        (f"https://skills.emsidata.com/skills/{LIGHTCAST_ID}", LIGHTCAST),
        (REGISTRY, REGISTRY),
        (f"https://credentialengineregistry.org/graph/CE-{U.upper()}", REGISTRY),
        (f"https://credentialengineregistry.org/ce-registry/resources/ce-{U}", REGISTRY),
        (f"https://credentialfinder.org/competency/ce-{U}/knots", REGISTRY),
        (f"https://credreg.net/ctdlasn/ce-{U}", REGISTRY),
        (
            f"https://sandbox.credentialengineregistry.org/resources/ce-{U}",
            f"https://sandbox.credentialengineregistry.org/resources/ce-{U}",
        ),
        (
            f"http://case.school.example/ims/case/v1p1/CFItems/{U.upper()}",
            f"https://case.school.example/ims/case/v1p0/CFItems/{U}",
        ),
        (
            f"https://school.example:8443/salt/ims/case/v1p0/cfitems/{U}?x=1",
            f"https://school.example:8443/salt/ims/case/v1p0/CFItems/{U}",
        ),
        (
            f"https://opensalt.net/uri/{U}.json",
            f"https://opensalt.net/ims/case/v1p0/CFItems/{U}",
        ),
        (
            f"https://osmt.college.example/api/skills/{U}",
            f"https://osmt.college.example/api/skills/{U}",
        ),
        (
            f"https://osmt.college.example/skills/{U}",
            f"https://osmt.college.example/api/skills/{U}",
        ),
        (
            f"https://staging.osmt.example/api/v3/skills/{U}",
            f"https://staging.osmt.example/api/skills/{U}",
        ),
    ],
)
def test_every_spelling_falls_on_one(address: str, url: str) -> None:
    found = identify(address)
    assert found is not None
    assert (found.url, found.kind) == (url, Kind.SKILL)
    assert identify(found.url) == found


@pytest.mark.parametrize(
    ("address", "framework", "kind"),
    [
        (f"http://data.europa.eu/esco/occupation/{U}", Framework.ESCO, Kind.OCCUPATION),
        ("http://data.europa.eu/esco/isco/C2512", Framework.ESCO, Kind.OCCUPATION),
        ("http://data.europa.eu/esco/isco/2512", Framework.ESCO, Kind.OCCUPATION),
        (DEVELOPER, Framework.ONET, Kind.OCCUPATION),
        ("https://www.mynextmove.org/profile/summary/15-1252", Framework.ONET, Kind.OCCUPATION),
        (
            "https://www.onetonline.org/find/descriptor/result/4.C.3.b.2",
            Framework.ONET,
            Kind.OTHER,
        ),
        (f"https://credentialfinder.org/credential/ce-{U}/x", Framework.CTDL, Kind.OTHER),
        ("https://credreg.net/ctdl/terms#Certification", Framework.CTDL, Kind.OTHER),
        (
            f"https://case.example/ims/case/v1p0/CFDocuments/{U}",
            Framework.CASE,
            Kind.OTHER,
        ),
    ],
)
def test_what_is_no_skill_says_so(address: str, framework: Framework, kind: Kind) -> None:
    found = identify(address)
    assert found is not None
    assert (found.framework, found.kind) == (framework, kind)


@pytest.mark.parametrize(
    "address",
    [
        f"https://evil.test/data.europa.eu/esco/skill/{U}",
        f"https://evil.test/?uri={ESCO}",
        f"https://evil.test/#{ESCO}",
        f"https://data.europa.eu.evil.test/esco/skill/{U}",
        f"https://notdata.europa.eu/esco/skill/{U}",
        f"https://data.europa.eu@evil.test/esco/skill/{U}",
        f"https://evil.test\\@data.europa.eu/esco/skill/{U}",
        f"https://data.europa.eu:8443/esco/skill/{U}",
        f"ftp://data.europa.eu/esco/skill/{U}",
        f"https://ec.europa.eu/other?uri={ESCO}",
        f"https://esco.ec.europa.eu/en?uri=https://evil.test/esco/skill/{U}",
        f"https://esco.ec.europa.eu/en?uri=javascript:{U}",
        "https://data.europa.eu/esco/skill/splicing",
        f"https://data.europa.eu/esco/skill/{U}0",
        f"https://data.europa.eu/esco/skill/x/{U}",
        "https://data.europa.eu/esco/skill/S٣",
        f"https://data.europa.eu/esco/model/{U}",
        "https://esco.ec.europa.eu/en/about-esco",
        "https://www.onetonline.org.evil.test/find/descriptor/result/2.A.1.a",
        "https://www.onetonline.org/find/descriptor/result/2.A.1.a.evil",
        "https://www.onetonline.org/search/tech/example?e=",
        "https://www.onetcenter.org/content.html",
        f"https://lightcast.io.evil.test/open-skills/skills/{LIGHTCAST_ID}",
        "https://lightcast.io/open-skills/skills/KS12",
        "https://lightcast.io/about",
        f"https://credentialengineregistry.org.evil.test/resources/ce-{U}",
        f"https://credentialengineregistry.org/resources/{U}",
        f"https://opensalt.net.evil.test/uri/{U}",
        "https://case.example/ims/case/v1p0/CFItems/splicing",
        f"https://case.example/ims/case/v1p0/CFItems/{U}/x",
        f"https://case.example/ims/case/v9p0/CFItems/{U}",
        f"https://case.example/?/ims/case/v1p0/CFItems/{U}",
        f"https://school.example/api/skills/{U}",
        f"https://notosmt.example/api/skills/{U}",
        f"https://evil.test/osmt/api/skills/{U}",
        f"https://osmt.example/api/skills/{U}/x",
        "https://data.europa.eu/esco/skill/" + "a" * 3000,
        f"/skill/{U}",
        f"esco/{U}",
        U,
        "2.A.1.a",
        LIGHTCAST_ID,
        "",
        "https://[::1",
        "https://data.europa.eu:port/esco/skill/x",
    ],
)
def test_nobody_speaks_for_a_framework_by_looking_like_it(address: str) -> None:
    assert identify(address) is None


@pytest.mark.parametrize(
    ("code", "framework", "url"),
    [
        (U, "ESCO", ESCO),
        (U.upper(), "ESCO v1.2.0", ESCO),
        (U, "European Skills, Competences, Qualifications and Occupations", ESCO),
        ("2.A.1.a", "O*NET", READING),
        ("2.A.1.a", "O*Net Online 30.1", READING),
        ("15-1252", "O*NET-SOC 2019", DEVELOPER),
        (LIGHTCAST_ID, "Lightcast Open Skills", LIGHTCAST),
        (f"ce-{U}", "Credential Registry", REGISTRY),
    ],
)
def test_a_code_counts_beside_the_name_of_its_framework(
    code: str, framework: str, url: str
) -> None:
    for found in (
        identify("", code=code, framework=framework),
        identify("https://school.example/skills/1", code=code, framework=framework),
        identify(code, framework=framework),
    ):
        assert found is not None
        assert found.url == url
    assert identify("", code=code) is None
    assert identify("", code=code, framework=f"not {framework}") is None
    assert identify("", code=f"x{code}", framework=framework) is None


def test_cut_addresses_of_esco_need_its_name() -> None:
    for address in (f"/skill/{U}", f"skill/{U}", f"esco/{U}"):
        found = identify(address, framework="ESCO")
        assert found is not None
        assert found.url == ESCO
    job = identify(f"/occupation/{U}", framework="esco")
    assert job is not None
    assert job.kind is Kind.OCCUPATION


def test_an_address_comes_before_a_code() -> None:
    found = identify(ESCO, code="2.A.1.a", framework="O*NET")
    assert found is not None
    assert found.framework is Framework.ESCO


def test_items_of_two_servers_are_two() -> None:
    """Anybody may serve CASE: an item elsewhere with a known id is not that item."""
    one = identify(f"https://state.example/ims/case/v1p0/CFItems/{U}")
    other = identify(f"https://evil.test/ims/case/v1p0/CFItems/{U}")
    assert one is not None
    assert other is not None
    assert (one.id, one.url) != (other.id, other.url)


def test_a_tool_is_known_by_its_name_alone() -> None:
    assert technology("Graph  Paper") == technology("graph paper")
    assert identify(technology("C++ & more").url) == technology("C++ & more")
    assert len(technology("x" * 9000).url) < 500


PIECES = st.sampled_from(
    [
        "https://", "http://", "data.europa.eu", "esco", "skill", "/", ":", "?uri=", "#", "@", "\\",
        "%00", "%2F", U, "www.onetonline.org", "2.A.1.a", "search/tech/example?e=", "ims/case/v1p0",
        "CFItems", "osmt.", "lightcast.io", LIGHTCAST_ID, "[", "]", "ce-", "\u0130", "\ud7ff",
    ]
)  # fmt: skip


@given(
    st.one_of(st.lists(PIECES, max_size=12).map("".join), st.text(max_size=80)),
    st.one_of(st.just(""), st.text(max_size=20), st.just(U)),
    st.sampled_from(["", "ESCO", "O*NET", "CTDL", "Lightcast"]),
)
def test_nothing_that_a_stranger_writes_breaks_it(address: str, code: str, framework: str) -> None:
    found = identify(address, code=code, framework=framework)
    if found is not None:
        again = identify(found.url)
        assert again is not None
        assert again.url == found.url
        assert found.url.startswith(("http://data.europa.eu/", "https://"))
        assert set(found.url).isdisjoint(string.whitespace + "\0\\")
