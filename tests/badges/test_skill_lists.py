"""The list of skills: read from files in the shapes of ESCO and O*NET, kept by hand, merged."""

import csv
import json
from collections.abc import Iterable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditEvent, User
from badges.models import Badge, BadgeSkill, DeclinedSkill, How, Skill, SkillAlias
from badges.models.skill import folded
from badges.services import curating, skill_files, skills
from tests.badges.documents import unsigned
from tests.badges.test_skills import ESCO, U, aligned, curated, link, linked
from tests.factories import make_badge, make_user

pytestmark = pytest.mark.django_db
COLUMNS = (
    "conceptType", "conceptUri", "skillType", "reuseLevel", "preferredLabel", "altLabels",
    "hiddenLabels", "status", "modifiedDate", "scopeNote", "definition", "inScheme", "description",
)  # fmt: skip
SPLICING = {
    "conceptType": "KnowledgeSkillCompetence",
    "conceptUri": ESCO,
    "skillType": "skill/competence",
    "reuseLevel": "sector-specific",
    "preferredLabel": "splice ropes",
    "altLabels": "join ropes\nrope splicing",
    "hiddenLabels": "splise ropes",
    "status": "released",
    "description": "Join two ropes\nby weaving them together.",
}


def esco_file(folder: Path, *rows: dict[str, str], name: str = "skills_en.csv") -> Path:
    path = folder / name
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, COLUMNS, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def table(path: Path, header: str, *rows: str, delimiter: str = "\t") -> Path:
    lines = [header, *rows]
    path.write_text("\r\n".join(line.replace("|", delimiter) for line in lines) + "\r\n")
    return path


def load(*words: Any, **options: Any) -> str:
    out = StringIO()
    call_command("load_skills", *map(str, words), stdout=out, **options)
    return out.getvalue()


def refused(*words: Any) -> str:
    with pytest.raises(CommandError) as problem:
        load(*words)
    return str(problem.value)


def names_of(skill: Skill, language: str = "en") -> list[str]:
    return sorted(skill.aliases.filter(language=language).values_list("text", flat=True))


# --- ESCO ------------------------------------------------------------------------------------


def test_escos_skills_come_in_with_every_name(tmp_path: Path) -> None:
    said = load("esco", esco_file(tmp_path, SPLICING))
    assert "1 skills read, 1 new, 0 changed, 4 names added, 0 lines left out" in said
    assert "reread" in said
    skill = Skill.objects.get()
    assert (skill.name, skill.url, skill.framework) == ("splice ropes", ESCO, "ESCO")
    assert skill.description == "Join two ropes by weaving them together."
    assert not skill.curated
    assert names_of(skill) == ["join ropes", "rope splicing", "splice ropes", "splise ropes"]
    assert skill.aliases.get(preferred=True).text == "splice ropes"
    assert AuditEvent.objects.get(action="skills.loaded").detail["rows"]["new"] == 1


def test_loading_twice_changes_nothing(tmp_path: Path) -> None:
    path = esco_file(tmp_path, SPLICING)
    load("esco", path)
    before = list(Skill.objects.values()), list(SkillAlias.objects.order_by("pk").values())
    assert "1 skills read, 0 new, 0 changed, 0 names added" in load("esco", path)
    assert before == (
        list(Skill.objects.values()),
        list(SkillAlias.objects.order_by("pk").values()),
    )


def test_another_language_adds_names_alone(tmp_path: Path) -> None:
    load("esco", esco_file(tmp_path, SPLICING))
    german = SPLICING | {"preferredLabel": "Seile spleißen", "altLabels": "", "hiddenLabels": ""}
    said = load("esco", esco_file(tmp_path, german, name="skills_de.csv"))
    assert "0 new, 0 changed, 1 names added" in said
    skill = Skill.objects.get()
    assert skill.name == "splice ropes"
    assert names_of(skill, "de") == ["Seile spleißen"]


def test_a_language_that_comes_first_gives_way_to_the_sites_own(tmp_path: Path) -> None:
    german = SPLICING | {"preferredLabel": "Seile spleißen"}
    load("esco", esco_file(tmp_path, german, name="list.csv"), language="de")
    assert Skill.objects.get().name == "Seile spleißen"
    assert "0 new, 1 changed" in load("esco", esco_file(tmp_path, SPLICING))
    assert Skill.objects.get().name == "splice ropes"


def test_a_list_fills_in_what_badges_brought(tmp_path: Path) -> None:
    badge = link(make_user(), aligned("Splicing!", f"https://data.europa.eu/esco/skill/{U}"))
    load("esco", esco_file(tmp_path, SPLICING))
    assert linked(badge) == [("splice ropes", "identifier")]
    assert linked(link(make_user(), tags=("Rope splicing",))) == [("splice ropes", "alias")]


def test_badges_that_are_here_find_a_new_list_when_they_are_read_again(tmp_path: Path) -> None:
    document = unsigned()
    document["credentialSubject"]["achievement"]["tag"] = ["Rope splicing"]
    badge = make_badge(make_user(), document=json.dumps(document).encode())
    call_command("reread", stdout=StringIO())
    assert linked(badge) == [("Rope splicing", "named")]
    load("esco", esco_file(tmp_path, SPLICING))
    call_command("reread", stdout=StringIO())
    assert linked(badge) == [("splice ropes", "alias")]


def test_a_newer_edition_renames_and_keeps_old_names(tmp_path: Path) -> None:
    load("esco", esco_file(tmp_path, SPLICING))
    newer = SPLICING | {"preferredLabel": "rope splicing", "altLabels": "splice ropes"}
    assert "0 new, 1 changed, 0 names added" in load("esco", esco_file(tmp_path, newer))
    skill = Skill.objects.get()
    assert skill.name == "rope splicing"
    assert skill.aliases.get(preferred=True).text == "rope splicing"
    assert skill.aliases.count() == 4


def test_what_is_kept_by_hand_is_not_renamed(tmp_path: Path) -> None:
    load("esco", esco_file(tmp_path, SPLICING))
    Skill.objects.update(curated=True, name="Splicing")
    newer = SPLICING | {"altLabels": "weave ropes"}
    assert "0 new, 0 changed, 1 names added" in load("esco", esco_file(tmp_path, newer))
    assert Skill.objects.get().name == "Splicing"


def test_lines_that_hold_no_skill_are_left_out(tmp_path: Path) -> None:
    rows = [
        SPLICING | {"status": "obsolete"},
        SPLICING | {"conceptUri": "http://evil.test/esco/skill/1"},
        SPLICING | {"conceptUri": "https://www.onetonline.org/link/summary/15-1252.00"},
        SPLICING | {"preferredLabel": " "},
        SPLICING,
    ]
    assert "1 skills read, 1 new, 0 changed, 4 names added, 4 lines left out" in load(
        "esco", esco_file(tmp_path, *rows)
    )


def test_one_skill_twice_in_a_file_is_one(tmp_path: Path) -> None:
    load("esco", esco_file(tmp_path, SPLICING, SPLICING))
    assert Skill.objects.count() == 1


def test_many_skills_cost_queries_by_the_batch(tmp_path: Path) -> None:
    def queries(count: int) -> int:
        entries = [
            skill_files.Entry(f"s{n}", (skill_files.Name(f"s{n}", "en"),), url=f"{ESCO}{n}")
            for n in range(count)
        ]
        with CaptureQueriesContext(connection) as seen:
            list(curating.load(entries))
        return len(seen)

    assert queries(500) < 25
    assert queries(1000) - queries(500) < 25


def test_a_file_of_something_else_is_refused_in_words(tmp_path: Path) -> None:
    occupations = esco_file(tmp_path, SPLICING | {"conceptType": "Occupation"})
    assert "ESCO’s list of “Occupation”" in refused("esco", occupations)
    other = table(tmp_path / "a_en.csv", "identifier|name", "1|x", delimiter=",")
    assert "no columns altlabels, concepttype, concepturi, preferredlabel" in refused("esco", other)
    assert "none of O*NET’s files of skills" in refused("onet", other)
    assert "does not say its language" in refused("esco", tmp_path / "skills.csv")
    assert "cannot be opened: No such file" in refused("esco", tmp_path / "gone_en.csv")
    assert "cannot be opened: Is a directory" in refused("esco", tmp_path, "--language=en")
    assert "There is none of O*NET’s files" in refused("onet", tmp_path)
    assert "Say where the files" in refused("esco")
    assert "needs no path" in refused("starter", other)
    assert not Skill.objects.exists()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"PK\x03\x04...", "a ZIP or a spreadsheet"),
        (b"\xd0\xcf\x11\xe0", "a ZIP or a spreadsheet"),
        ("conceptUri,é\n".encode("utf-16"), "not UTF-8"),
        (b"", "no columns"),
        (b"\n\n", "no columns"),
        (b"conceptType,conceptUri,preferredLabel,altLabels\n" + b"x" * 200_000, "Line 2 cannot be"),
    ],
)
def test_what_is_no_table_is_refused_in_words(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "skills_en.csv"
    path.write_bytes(data)
    assert words in refused("esco", path)


def test_a_table_may_have_a_mark_and_broken_lines(tmp_path: Path) -> None:
    path = esco_file(tmp_path, SPLICING)
    text = path.read_text().replace("join ropes", "join\0 ropes")
    path.write_text("\ufeff" + text + "\nKnowledgeSkillCompetence\n,,\n")
    assert "1 skills read, 1 new, 0 changed, 4 names added, 1 lines left out" in load("esco", path)


# --- O*NET -----------------------------------------------------------------------------------

MODEL = (
    "Element ID|Element Name|Description",
    "1|Worker Characteristics|x",
    "2.A|Basic Skills|x",
    "2.A.1|Content|x",
    "2.A.1.a|Reading Comprehension|Understanding written paragraphs.",
    "2.A.1.e|Mathematics|Solving problems with numbers.",
    "2.C.4.a|Mathematics|Knowing algebra.",
    "4.A.1.a.1|Getting Information|x",
    "4.C.3.b.2|Degree of Automation|x",
)


def test_onets_elements_come_in_without_headings_and_conditions(tmp_path: Path) -> None:
    said = load("onet", table(tmp_path / "Content Model Reference.txt", *MODEL))
    assert "4 skills read, 4 new" in said
    skill = Skill.objects.get(name="Reading Comprehension")
    assert skill.url == "https://www.onetonline.org/find/descriptor/result/2.A.1.a"
    assert (skill.framework, skill.description) == ("O*NET", "Understanding written paragraphs.")
    names = sorted(Skill.objects.values_list("name", flat=True))
    assert names == [
        "Getting Information",
        "Mathematics",
        "Mathematics",
        "Reading Comprehension",
    ]
    # Two elements are called so, and nothing says which one is meant.
    assert linked(link(make_user(), tags=("mathematics",))) == [("mathematics", "named")]


def test_onets_ratings_name_each_element_once(tmp_path: Path) -> None:
    rows = [
        f"{soc}|{code}|{name}|IM|3.25"
        for soc in ("11-1011.00", "15-1252.00")
        for code, name in (("2.A.1.a", "Reading Comprehension"), ("2.A.1.b", "Active Listening"))
        for _scale in range(2)
    ]
    header = "O*NET-SOC Code|Element ID|Element Name|Scale ID|Data Value"
    said = load("onet", table(tmp_path / "Skills.txt", header, *rows))
    assert "2 skills read, 2 new" in said


def test_onets_tools_are_known_by_their_names(tmp_path: Path) -> None:
    header = "O*NET-SOC Code|Example|Commodity Code|Commodity Title|Hot Technology|In Demand"
    rows = [
        '15-1252.00|Knot "Pro" 3|1|Rope software|N|N',
        '15-1253.00|Knot "Pro" 3|1|Rope software|N|N',
        "15-1253.00|Ropes|1|Rope software|Y|N",
    ]
    path = table(tmp_path / "Technology Skills.txt", header, *rows)
    assert "2 skills read, 2 new" in load("onet", path)
    address = "https://www.onetonline.org/search/tech/example?e=Ropes"
    assert linked(link(make_user(), aligned("x", address))) == [("Ropes", "identifier")]
    assert Skill.objects.filter(name='Knot "Pro" 3', description="Rope software").exists()


def test_a_folder_of_onets_files_is_read_at_once(tmp_path: Path) -> None:
    table(tmp_path / "Content Model Reference.txt", *MODEL)
    header = "element_id,element_name"
    table(tmp_path / "Abilities.csv", header, '1.A.1.a.1,"Oral Comprehension"', delimiter=",")
    table(tmp_path / "Read Me.txt", "whatever")
    assert "5 skills read, 5 new" in load("onet", tmp_path)


# --- Laurel's own ----------------------------------------------------------------------------


def test_the_starter_list_says_each_thing_once_and_in_four_languages() -> None:
    entries = list(skill_files.starter())
    assert 150 <= len(entries) <= 400
    seen: dict[str, str] = {}
    for entry in entries:
        assert {name.language for name in entry.names} == {"en", "de", "fr", "es"}, entry.name
        assert 10 < len(entry.description) <= 120, entry.name
        assert entry.description.endswith("."), entry.name
        for name in entry.names:
            assert len(name.text) <= 60, name
            assert seen.setdefault(folded(name.text), entry.name) == entry.name, name


def test_the_starter_list_is_a_list_and_nothing_else() -> None:
    for one in json.loads(skill_files.STARTER.read_text(encoding="utf-8")):
        assert one.keys() <= {"name", "about", "en", "de", "fr", "es"}


def test_the_starter_list_comes_in_once_and_is_found_by_any_name() -> None:
    load("starter")
    count = Skill.objects.filter(curated=True).count()
    assert count == len(list(skill_files.starter()))
    with CaptureQueriesContext(connection) as queries:
        assert load("starter", "--if-empty") == ""
    assert len(queries) == 1
    assert "0 new, 0 changed, 0 names added" in load("starter")
    owner = make_user()
    for tag in ("Teamwork", "Teamarbeit", "travail d'équipe", "trabajo en equipo"):
        assert linked(link(owner, tags=(tag,))) == [("Teamwork", "alias")]
    names = [skill.name for skill in skills.suggestions(make_badge(owner, name="Erste Hilfe 2026"))]
    assert names == ["First aid"]


def test_the_starter_list_takes_up_skills_that_badges_brought() -> None:
    badge = link(make_user(), tags=("Teamwork",))
    load("starter")
    assert badge.skills.get().curated
    assert badge.skills.get().description


def test_what_staff_changed_or_merged_stays_so() -> None:
    load("starter")
    kept, gone = Skill.objects.get(name="Leadership"), Skill.objects.get(name="Leading a team")
    Skill.objects.filter(pk=kept.pk).update(name="Guiding people")
    kept.refresh_from_db()
    curating.merge(keep=kept, others=[gone], actor=make_user())
    assert "0 new, 0 changed" in load("starter")
    assert Skill.objects.get(pk=kept.pk).name == "Guiding people"
    assert not Skill.objects.filter(name="Leading a team").exists()


# --- Merging ---------------------------------------------------------------------------------


@pytest.fixture
def owner() -> User:
    return make_user()


def tied(owner: User, **how: Skill) -> Badge:
    """A badge with these skills, each come by in the way that names it."""
    badge = make_badge(owner)
    for way, skill in how.items():
        BadgeSkill.objects.create(badge=badge, skill=skill, how=way)
    return badge


def test_merging_moves_badges_names_and_answers(owner: User) -> None:
    keep, other = curated("Splicing", "rope work"), curated("Rope joining", "Rope-Work", "knots")
    first, second = tied(owner, named=other), tied(owner, alias=keep)
    third, gone = make_badge(owner), str(other.pk)
    DeclinedSkill.objects.create(badge=third, skill=other)
    assert curating.merge(keep=keep, others=[keep, other], actor=owner) == 1
    assert linked(first) == [("Splicing", "named")]
    assert linked(second) == [("Splicing", "alias")]
    assert third.declined_skills.get().skill == keep
    assert not Skill.objects.filter(pk=gone).exists()
    for name in ("knots", "rope joining", "rope work", "splicing"):
        assert linked(link(owner, tags=(name,))) == [("Splicing", "alias")], name
    event = AuditEvent.objects.get(action="skill.merged")
    assert event.detail == {"merged": gone, "name": "Rope joining", "badges": 1}
    assert (event.actor, event.target_id) == (owner, str(keep.pk))


def test_the_address_of_a_merged_skill_still_leads_somewhere(owner: User) -> None:
    badge = link(owner, aligned("splice ropes", ESCO), aligned("Knots", "https://s.example/1"))
    keep = curated("Splicing")
    curating.merge(keep=keep, others=badge.skills.all(), actor=owner)
    keep.refresh_from_db()
    assert (keep.url, keep.framework) == (ESCO, "ESCO")
    assert badge.skills.get() == keep
    for url in (ESCO, f"https://data.europa.eu/esco/skill/{U}/", "https://s.example/1"):
        assert linked(link(owner, aligned("x", url))) == [("Splicing", "identifier")]
    assert Skill.objects.count() == 1


@pytest.mark.parametrize(
    ("kept", "other", "left"),
    [
        ("confirmed", "alias", "alias"),
        ("identifier", "confirmed", "identifier"),
        ("confirmed", "confirmed", "confirmed"),
    ],
)
def test_a_badge_with_both_keeps_its_issuers_word(
    owner: User, kept: str, other: str, left: str
) -> None:
    one, two = curated("One"), curated("Two")
    badge = make_badge(owner)
    BadgeSkill.objects.create(badge=badge, skill=one, how=kept)
    BadgeSkill.objects.create(badge=badge, skill=two, how=other)
    curating.merge(keep=one, others=[two], actor=owner)
    assert linked(badge) == [("One", left)]


def test_who_has_a_skill_has_not_declined_it(owner: User) -> None:
    one, two = curated("One"), curated("Two")
    badge = tied(owner, **{How.CONFIRMED: one})
    DeclinedSkill.objects.create(badge=badge, skill=two)
    curating.merge(keep=one, others=[two], actor=owner)
    assert not DeclinedSkill.objects.exists()


# --- The desk --------------------------------------------------------------------------------


@pytest.fixture
def desk() -> Client:
    user = make_user("chief@example.org", is_staff=True, is_superuser=True)
    Authenticator.objects.create(user=user, type="totp", data={})
    client = Client()
    client.force_login(user)
    return client


def form(name: str, *aliases: dict[str, str], there: Iterable[SkillAlias] = ()) -> dict[str, str]:
    """What the desk's form of a skill sends."""
    old = [{"id": str(a.pk), "text": a.text, "language": a.language} for a in there]
    rows = [*old, *aliases]
    sent = {
        "name": name,
        "description": "In a sentence.",
        "curated": "on",
        "aliases-TOTAL_FORMS": str(len(rows)),
        "aliases-INITIAL_FORMS": str(len(old)),
    }
    for number, row in enumerate(rows):
        sent |= {f"aliases-{number}-{key}": value for key, value in row.items()}
    return sent


ADD = "/admin/badges/skill/add/"


def test_staff_add_a_skill_with_its_names(desk: Client) -> None:
    sent = form("Splicing", {"text": "Spleißen", "language": "DE"}, {"text": ESCO, "language": ""})
    assert desk.post(ADD, sent).status_code == 302
    skill = Skill.objects.get()
    assert (skill.pk, skill.curated) == (Skill.id_of(skill.key), True)
    assert AuditEvent.objects.get(action="skill.added").detail == {"name": "Splicing"}
    owner = make_user()
    for said in (
        link(owner, tags=("spleißen",)),
        link(owner, tags=("Splicing",)),
        link(owner, aligned("x", f"https://data.europa.eu/esco/skill/{U}")),
    ):
        assert said.skills.get() == skill


def test_staff_rename_a_skill_and_its_old_name_still_leads_to_it(desk: Client) -> None:
    skill = curated("Splicing")
    sent = form("Rope work", there=skill.aliases.all())
    url = reverse("admin:badges_skill_change", args=[skill.pk])
    assert desk.post(url, sent).status_code == 302
    assert AuditEvent.objects.get(action="skill.changed").target_id == str(skill.pk)
    for name in ("splicing", "rope work"):
        assert linked(link(make_user(), tags=(name,))) == [("Rope work", "alias")]


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (form("splicing"), "There is a skill of this name already"),
        (form("–"), "Give a name of letters"),
        (form("New", {"text": "--"}), "Give a name of letters"),
        (form("New", {"text": "a b"}, {"text": "A-B"}), "stands here twice"),
        (form("New", {"text": ESCO}), "leads to another skill"),
    ],
)
def test_the_desk_says_what_it_cannot_keep(desk: Client, sent: dict[str, str], words: str) -> None:
    skill = curated("Splicing")
    SkillAlias.objects.create(skill=skill, key=curating.key_for(ESCO), text=ESCO)
    response = desk.post(ADD, sent)
    assert response.status_code == 200
    assert words in response.content.decode()
    assert Skill.objects.count() == 1


def test_staff_merge_synonyms_in_two_steps(desk: Client, owner: User) -> None:
    keep, other = curated("Splicing"), curated("Rope <b>joining</b>")
    badge = tied(owner, named=other)
    chosen = {"action": "merge", "_selected_action": [str(keep.pk), str(other.pk)]}
    page = desk.post("/admin/badges/skill/", chosen)
    assert page.status_code == 200
    assert "Which one stays?" in page.content.decode()
    assert "Rope &lt;b&gt;joining" in page.content.decode()
    assert Skill.objects.count() == 2
    done = desk.post("/admin/badges/skill/", chosen | {"keep": str(keep.pk)}, follow=True)
    assert "1 badge moved" in done.content.decode()
    assert badge.skills.get() == keep


def test_one_skill_alone_is_not_merged(desk: Client) -> None:
    skill = curated("Splicing")
    chosen = {"action": "merge", "_selected_action": [str(skill.pk)], "keep": str(skill.pk)}
    done = desk.post("/admin/badges/skill/", chosen, follow=True)
    assert "Choose 2 to 20 skills" in done.content.decode()


def test_a_skill_is_found_by_the_start_of_any_name(desk: Client) -> None:
    curated("Splicing", "Spleißen", language="de")
    curated("Other")
    page = desk.get("/admin/badges/skill/", {"q": "splei"}).content.decode()
    assert "Splicing" in page
    assert "Other" not in page


def test_who_may_only_look_neither_merges_nor_changes() -> None:
    user = make_user(is_staff=True)
    Authenticator.objects.create(user=user, type="totp", data={})
    client = Client()
    client.force_login(user)
    one, two = curated("One"), curated("Two")
    assert client.post(ADD, form("New")).status_code == 403
    chosen = {
        "action": "merge",
        "_selected_action": [str(one.pk), str(two.pk)],
        "keep": str(one.pk),
    }
    client.post("/admin/badges/skill/", chosen)
    assert Skill.objects.count() == 2
