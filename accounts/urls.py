"""A person's own settings: profile, tokens."""

from django.urls import URLPattern

app_name = "accounts"
urlpatterns: list[URLPattern] = []
