"""The backpack, one badge, and the import box."""

from django.urls import URLPattern

app_name = "badges"
urlpatterns: list[URLPattern] = []
