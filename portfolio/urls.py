"""The front page, pages, links, documents, and what readers open."""

from django.urls import path

from portfolio.views import home

app_name = "portfolio"
urlpatterns = [
    path("", home.home, name="home"),
]
