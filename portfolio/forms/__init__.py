"""What people fill in: pages, links and documents, the directory."""

from portfolio.forms.directory import (
    AdvertForm,
    AnswerForm,
    ListingForm,
    MessageForm,
    SearchForm,
    WriteForm,
)
from portfolio.forms.links import LinkEditForm, LinkForm, TranscriptForm
from portfolio.forms.pages import HandleForm, LookForm, PageForm, SectionForm

__all__ = [
    "AdvertForm",
    "AnswerForm",
    "HandleForm",
    "LinkEditForm",
    "LinkForm",
    "ListingForm",
    "LookForm",
    "MessageForm",
    "PageForm",
    "SearchForm",
    "SectionForm",
    "TranscriptForm",
    "WriteForm",
]
