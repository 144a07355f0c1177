"""Is this badge genuine? Seven questions, each answered in words, none hiding another."""

from badges.openbadges.report import Check, Finding, Outcome, Report, Result, Trust

__all__ = ["Check", "Finding", "Outcome", "Report", "Result", "Trust"]
