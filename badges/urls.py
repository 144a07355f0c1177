"""The backpack, one badge, the import box, and the check of any badge."""

from django.urls import path, re_path

from badges.views import (
    backpack,
    by_hand,
    connecting,
    imports,
    organising,
    showing,
    skills,
    sources,
)
from badges.views import verify as any_badge

app_name = "badges"
urlpatterns = [
    path("", backpack.backpack, name="backpack"),
    path("organise/", organising.organise, name="organise"),
    path("removed/", organising.removed, name="removed"),
    path("removed/<uuid:batch>/back/", organising.put_back, name="removed-back"),
    path("removed/<uuid:batch>/forget/", organising.forget, name="removed-forget"),
    path("import/", imports.start, name="import-start"),
    path("import/<uuid:pk>/", imports.detail, name="import-detail"),
    path("import/<uuid:pk>/progress/", imports.progress, name="import-progress"),
    path("import/<uuid:pk>/accept/", imports.accept, name="import-accept"),
    path("import/<uuid:pk>/address/", imports.address, name="import-address"),
    path("import/<uuid:pk>/retry/", imports.retry, name="import-retry"),
    path("import/<uuid:pk>/stop/", imports.stop, name="import-stop"),
    path("import/<uuid:pk>/undo/", imports.undo, name="import-undo"),
    path("import/recognise/", imports.recognise, name="import-recognise"),
    path("sources/", sources.sources, name="sources"),
    path("sources/<uuid:pk>/look/", sources.look, name="source-look"),
    path("sources/<uuid:pk>/change/", sources.change, name="source-change"),
    path("sources/<uuid:pk>/remove/", sources.remove, name="source-remove"),
    path("sources/connect/", connecting.start, name="source-connect"),
    path("sources/connect/return/<uuid:provider>/", connecting.back, name="connect-return"),
    path("sources/<uuid:pk>/disconnect/", connecting.disconnect, name="source-disconnect"),
    path("state/", by_hand.state, name="badge-state"),
    path("<uuid:pk>/", backpack.detail, name="badge-detail"),
    path("<uuid:pk>/check/", backpack.check, name="badge-check"),
    path("<uuid:pk>/remove/", organising.remove, name="badge-remove"),
    path("<uuid:pk>/tags/", organising.tags, name="badge-tags"),
    path("<uuid:pk>/shown/add/", showing.add_evidence, name="evidence-add"),
    path("<uuid:pk>/shown/<uuid:evidence>/", showing.edit_evidence, name="evidence-edit"),
    path("<uuid:pk>/shown/<uuid:evidence>/file/", showing.evidence_file, name="evidence-file"),
    path(
        "<uuid:pk>/shown/<uuid:evidence>/remove/", showing.remove_evidence, name="evidence-remove"
    ),
    path("<uuid:pk>/notes/add/", showing.add_reflection, name="reflection-add"),
    path("<uuid:pk>/notes/<uuid:reflection>/", showing.edit_reflection, name="reflection-edit"),
    path(
        "<uuid:pk>/notes/<uuid:reflection>/remove/",
        showing.remove_reflection,
        name="reflection-remove",
    ),
    path("<uuid:pk>/skills/<uuid:skill>/confirm/", skills.confirm, name="skill-confirm"),
    path("<uuid:pk>/skills/<uuid:skill>/dismiss/", skills.dismiss, name="skill-dismiss"),
    path("<uuid:pk>/original/", backpack.original, name="badge-original"),
    path("<uuid:pk>/versions/<int:entry>/", backpack.version, name="badge-version"),
    path("<uuid:pk>/evidence/", by_hand.evidence, name="badge-evidence"),
    re_path(
        r"^pictures/(?P<digest>[0-9a-f]{64})/(?P<size>large|small)/$",
        backpack.picture,
        name="picture",
    ),
]

# For people without an account, under an address of its own.
verify = [
    path("", any_badge.start, name="start"),
    path("<str:token>/", any_badge.result, name="result"),
    path("<str:token>/progress/", any_badge.progress, name="progress"),
    path("<str:token>/picture/", any_badge.picture, name="picture"),
    path("<str:token>/report.json", any_badge.report, name="report"),
    path("<str:token>/forget/", any_badge.forget, name="forget"),
]
