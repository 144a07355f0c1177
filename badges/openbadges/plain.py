"""A report as plain values for programs: one shape, whoever asks for it."""

from typing import Any

from badges.openbadges.report import Report
from badges.openbadges.words import as_json


def as_values(report: Report) -> dict[str, Any]:
    """The report as JSON knows values. Names stay as they are; more of them may come."""
    format, name, issuer = facts(report)
    return {
        "format": format,
        "name": name,
        "issuer": issuer,
        "result": str(report.result),
        "checks": [
            {
                "check": str(one.check),
                "result": str(one.outcome),
                "detail": str(one.detail),
                **(as_json(one.detail) or {}),
            }
            for one in report.findings
        ],
        "unchecked": [str(one) for one in report.unchecked],
        "parts": [
            {"role": str(part.role), "about": str(part.about), "about_id": part.about_id}
            | as_values(part.report)
            for part in report.parts
        ],
    }


def outline(report: Report, most: int = 30) -> list[dict[str, Any]]:
    """What is inside, for a page: names, results and checks, one level deep.

    Whose each part is stays out: that finding may name an address.
    """
    parts = zip(report.parts[:most], as_values(report)["parts"], strict=False)
    return [
        {
            **{name: part[name] for name in ("role", "name", "issuer", "result")},
            "suspended": one.report.is_suspended,
            "checks": [check for check in part["checks"] if check["check"] != "recipient"],
        }
        for one, part in parts
    ]


def facts(report: Report) -> tuple[str, str, str]:
    """The format, what the badge is called, and who it says issued it; empty where it is silent."""
    if report.document is None:
        return "", "", ""
    format = str(report.document.format)
    if report.credential is None:
        return format, "", ""
    issuer = report.credential.issuer
    return format, report.credential.name, issuer.name or issuer.id
