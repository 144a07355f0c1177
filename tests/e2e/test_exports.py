"""A learner takes everything along, and comes home with it to another account, in a browser."""

import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.credentials import Signer
from tests.e2e.conftest import NewPage, fits, learner, on_one
from tests.servers import wait_for
from tests.site import Site

pytestmark = pytest.mark.browser
LEAVES, ARRIVES = "leaves@example.org", "arrives@example.org"
MAKE_PAGE = f"""
from django.utils import timezone
from accounts.models import User
from badges.models import Badge
from portfolio.models import Page
from portfolio.services import pages
who = User.objects.get(email="{LEAVES}")
page = pages.create(owner=who, title="Boats and boards", now=timezone.now(), line="In short.")
mine = Badge.objects.owned_by(who).order_by("-name")
pages.add(page=page, badges=[badge.pk for badge in mine], now=timezone.now())
pages.note(entry=page.entries.first(), text="I led the third part.", now=timezone.now())
"""


def bring(site: Site, email: str, *files: Path) -> None:
    """Import these badges. A worker may be quicker than the command, which then says so."""
    site.manage("import_badges", "--owner", email, *map(str, files), check=False)
    count = f"Badge.objects.filter(owner__email={email!r}, added_at__isnull=False).count()"
    code = f"from badges.models import Badge; print({count})"

    def all_there() -> bool:
        return site.shell(code).strip() == str(len(files))

    wait_for("the import", all_there)


def leave(site: Site, page: Page, folder: Path, accessible: Callable[[Page], None]) -> Path:
    """Make an export and download it."""
    learner(site, page, LEAVES)
    signer = Signer("Harbour College")
    files = []
    for number in (1, 2, 3):
        files.append(folder / f"{number}.png")
        files[-1].write_bytes(signer.baked(number, email=LEAVES))
    bring(site, LEAVES, *files)
    site.shell(MAKE_PAGE)
    page.goto("/me/")
    page.locator(".side-nav").get_by_role("link", name="Take everything with you").click()
    expect(page.get_by_text("3 badges, 1 page")).to_be_visible()
    accessible(page)
    fits(page)
    page.get_by_role("button", name="Make my export").click()
    download = page.get_by_role("link", name=re.compile("Download ZIP"))
    expect(download).to_be_visible(timeout=30_000)  # without a reload: the page asks
    accessible(page)
    fits(page)
    with page.expect_download() as started:
        download.click()
    path = folder / started.value.suggested_filename
    started.value.save_as(path)
    assert re.fullmatch(r"laurel-localhost-\d{4}-\d\d-\d\d\.zip", path.name)
    return path


def test_everything_is_taken_along_and_comes_home(
    site: Site,
    page: Page,
    new_page: NewPage,
    accessible: Callable[[Page], None],
    tmp_path: Path,
) -> None:
    path = leave(site, page, tmp_path, accessible)
    with zipfile.ZipFile(path) as archive:
        assert len(json.loads(archive.read("laurel.json"))["badges"]) == 3
        archive.extractall(tmp_path / "unpacked")
    other = new_page()
    learner(site, other, ARRIVES)
    other.goto("/badges/import/")
    other.set_input_files("input[type=file]", path)
    other.get_by_role("button", name="Look").click()
    # For another address than hers here, and ticked all the same: she had chosen them before.
    add = other.get_by_role("button", name="Add 3 badges")
    expect(add).to_be_visible(timeout=30_000)
    accessible(other)
    add.click()
    for _try in range(20):  # a worker brings the page back, when it hears the bell
        other.goto("/pages/")
        if other.get_by_text("Boats and boards").count():
            break
        other.wait_for_timeout(500)
    other.get_by_role("link", name="Boats and boards").first.click()
    expect(other.get_by_text("I led the third part.")).to_be_visible()
    names = other.locator("li.entry, .entry").all_inner_texts()
    assert [text for text in names if "part 3" in text][:1] == names[:1]
    other.goto("/me/")
    expect(other.get_by_text("Your export is home: 1 page is back")).to_be_visible()
    assert "No faults." in site.manage("fsck").stdout


@on_one
def test_the_page_inside_opens_from_a_disk(
    site: Site, page: Page, new_page: NewPage, tmp_path: Path
) -> None:
    """In ten years, without any site: the pictures are there, and nobody is asked."""
    learner(site, page, "disk@example.org")
    badge = tmp_path / "1.png"
    badge.write_bytes(Signer("Harbour College").baked(1, email="disk@example.org"))
    bring(site, "disk@example.org", badge)
    out = tmp_path / "all.zip"
    site.manage("export_everything", "--owner", "disk@example.org", "--out", str(out))
    with zipfile.ZipFile(out) as archive:
        archive.extractall(tmp_path / "unpacked")
    reader = new_page(base_url=None)
    reader.goto((tmp_path / "unpacked" / "index.html").as_uri())
    expect(reader.get_by_text("Knots, part 1")).to_be_visible()
    assert reader.evaluate("document.images[0].naturalWidth") == 1
    assert reader.evaluate("getComputedStyle(document.body).maxWidth") != "none"
