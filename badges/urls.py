"""The backpack, one badge, and the import box."""

from django.urls import path, re_path

from badges.views import backpack, imports

app_name = "badges"
urlpatterns = [
    path("", backpack.backpack, name="backpack"),
    path("import/", imports.start, name="import-start"),
    path("import/<uuid:pk>/", imports.detail, name="import-detail"),
    path("import/<uuid:pk>/progress/", imports.progress, name="import-progress"),
    path("import/<uuid:pk>/retry/", imports.retry, name="import-retry"),
    path("<uuid:pk>/", backpack.detail, name="badge-detail"),
    path("<uuid:pk>/check/", backpack.check, name="badge-check"),
    path("<uuid:pk>/remove/", backpack.remove, name="badge-remove"),
    path("<uuid:pk>/original/", backpack.original, name="badge-original"),
    re_path(
        r"^pictures/(?P<digest>[0-9a-f]{64})/(?P<size>large|small)/$",
        backpack.picture,
        name="picture",
    ),
]
