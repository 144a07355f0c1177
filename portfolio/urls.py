"""The front page, pages, links, documents, and what readers open."""

from django.conf import settings
from django.urls import path

from portfolio.views import codes, editor, exports, home, links, putting, shared, style, transcripts

app_name = "portfolio"
urlpatterns = [
    path("", home.home, name="home"),
    path("pages/", editor.index, name="pages"),
    path("pages/new/", editor.create, name="page-create"),
    path("pages/put/", putting.put, name="page-put"),
    path("pages/<uuid:pk>/", editor.edit, name="page-edit"),
    path("pages/<uuid:pk>/badges/", editor.add, name="page-add"),
    path("pages/<uuid:pk>/order/", editor.order, name="page-order"),
    path("pages/<uuid:pk>/delete/", editor.delete, name="page-delete"),
    path("pages/<uuid:pk>/preview/", editor.preview, name="page-preview"),
    path(
        "pages/<uuid:pk>/preview/badges/<uuid:badge>/",
        editor.preview_badge,
        name="page-preview-badge",
    ),
    path("pages/<uuid:pk>/entries/<int:entry>/move/", editor.move, name="entry-move"),
    path("pages/<uuid:pk>/entries/<int:entry>/note/", editor.note, name="entry-note"),
    path("pages/<uuid:pk>/entries/<int:entry>/remove/", editor.remove, name="entry-remove"),
    path("pages/<uuid:pk>/link/", links.create, name="link-create"),
    path("pages/<uuid:pk>/transcript/", transcripts.create, name="transcript-create"),
    path("links/", links.index, name="links"),
    path("links/<uuid:pk>/", links.made, name="link-made"),
    path("links/<uuid:pk>/edit/", links.edit, name="link-edit"),
    path("links/<uuid:pk>/withdraw/", links.withdraw, name="link-withdraw"),
    path("documents/", transcripts.index, name="transcripts"),
    path("documents/<uuid:pk>/", transcripts.detail, name="transcript-detail"),
    path("documents/<uuid:pk>/file/", transcripts.file, name="transcript-file"),
    path("documents/<uuid:pk>/delete/", transcripts.delete, name="transcript-delete"),
    path("me/export/", exports.index, name="exports"),
    path("me/export/new/", exports.create, name="export-create"),
    path("me/export/<uuid:pk>/<int:number>/", exports.file, name="export-file"),
    path("me/export/<uuid:pk>/delete/", exports.delete, name="export-delete"),
    path("s/<str:token>/", shared.page, name="shared"),
    path("s/<str:token>/badges/<uuid:pk>/", shared.badge, name="shared-badge"),
    path("s/<str:token>/unlock/", shared.unlock, name="shared-unlock"),
    path("s/<str:token>/check/", shared.check, name="shared-check"),
    path("s/<str:token>/progress/", shared.progress, name="shared-progress"),
    path("s/<str:token>/card.jpg", shared.card, name="shared-card"),
    path("s/<str:token>/transcript/", shared.transcript, name="shared-transcript"),
    path("s/<str:token>/transcript/<uuid:pk>/", shared.document, name="shared-document"),
    path("s/<str:token>/transcript/<uuid:pk>/file/", shared.file, name="shared-file"),
    path("t/", codes.enter, name="codes"),
    path("t/<str:code>/", codes.code, name="code"),
]
if settings.DEBUG:
    urlpatterns.append(path("style/", style.style, name="style"))
