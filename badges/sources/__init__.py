"""Where badges come from: one reader for each platform and kind of file, and the list of them.

A new one is a module beside this file and a line in `READERS`. The first that recognises a thing
reads it, so the particular stand before the general.
"""

import functools
from collections.abc import Mapping

from django.conf import settings

from badges.sources.accredible import Accredible
from badges.sources.archive import Archive
from badges.sources.badge_connect import BadgeConnect
from badges.sources.badgr import Badgr
from badges.sources.base import Link, Reader, Seen
from badges.sources.coursera import Coursera
from badges.sources.credly import Credly
from badges.sources.edx import EdX
from badges.sources.laurel import Laurel
from badges.sources.linkedin import LinkedIn
from badges.sources.linkedin_learning import LinkedInLearning
from badges.sources.microsoft_learn import MicrosoftLearn
from badges.sources.moodle import Moodle
from badges.sources.mozilla_backpack import MozillaBackpack
from badges.sources.ob3_api import OpenBadgesApi
from badges.sources.open_badge_factory import OpenBadgeFactory
from badges.sources.open_badge_passport import OpenBadgePassport
from badges.sources.udemy import Udemy

READERS: tuple[type[Reader], ...] = (
    Laurel,
    Credly,
    Accredible,
    MicrosoftLearn,
    Coursera,
    EdX,
    Udemy,
    LinkedInLearning,
    LinkedIn,
    OpenBadgeFactory,
    OpenBadgePassport,
    # These know their addresses by the path, at whatever host.
    Badgr,
    Moodle,
    MozillaBackpack,
    # Any archive: after those who know theirs.
    Archive,
    # These know no link: an account has to be connected.
    BadgeConnect,
    OpenBadgesApi,
)


@functools.cache
def readers() -> Mapping[str, Reader]:
    """Every reader by its name, with the hosts that this site's administrator added."""
    added: Mapping[str, Mapping[str, str]] = settings.SOURCE_HOSTS
    return {kind.name: kind(added.get(kind.name)) for kind in READERS}


def recognise_link(text: str) -> Seen | None:
    """What this address is, for the first reader that knows it; None for what is no address."""
    link = Link.of(text)
    if link is None:
        return None
    found = (reader.recognise_link(link) for reader in readers().values())
    return next((seen for seen in found if seen is not None), None)


def recognise_file(name: str, data: bytes) -> Seen | None:
    """What this file is, when it is more than one credential; None leaves it to the core."""
    found = (reader.recognise_file(name, data) for reader in readers().values())
    return next((seen for seen in found if seen is not None), None)
