"""Gives each page that was made before there were sections what it looked like: skills, badges."""

import uuid

from django.db import migrations
from django.db.models import OuterRef, Subquery

KINDS = ("skills", "badges")


def make_sections(apps, schema_editor):
    Page = apps.get_model("portfolio", "Page")
    Section = apps.get_model("portfolio", "Section")
    Entry = apps.get_model("portfolio", "Entry")
    old = list(Page.objects.filter(sections=None).order_by().values_list("pk", flat=True))
    for start in range(0, len(old), 500):
        Section.objects.bulk_create(
            Section(pk=uuid.uuid4(), page_id=page, kind=kind, position=position)
            for page in old[start : start + 500]
            for position, kind in enumerate(KINDS)
        )
    first = Section.objects.filter(page=OuterRef("page"), kind="badges").order_by("position", "pk")
    Entry.objects.filter(section=None).update(section=Subquery(first.values("pk")[:1]))


class Migration(migrations.Migration):
    dependencies = [("portfolio", "0004_sections_and_themes")]

    operations = [migrations.RunPython(make_sections, migrations.RunPython.noop)]
