"""Microsoft Learn as far as a shared transcript: made-up people, and everything private there is.

    MicrosoftLearn().share                      a link as a learner copies it

`Mode.ODD` gives the spelling of other transcripts: other keys, applied skills at the top, null for
what is not there, dates as they come.
"""

from typing import Any

from tests.simulators.base import NOT_THERE, Answer, Mode, Request, Simulator, data

SHARE = "d7x9kq2m4n8p1r5"
BARE = "e8y0lr3n5o9q2s6"  # somebody with modules and nothing else
PRIVATE = {
    "contactEmail": "ada.private@example.org",
    "legalName": "Augusta Ada King-Noel",
    "mcid": "MC00112233",
}


class MicrosoftLearn(Simulator):
    reader = "microsoft_learn"
    host = "learn.test"

    @property
    def share(self) -> str:
        return f"{self.url}/en-us/users/ada-lovelace/transcript/{SHARE}"

    def answer(self, request: Request) -> Answer:
        if request.path == f"/api/profiles/transcript/share/{BARE}" or self.mode is Mode.EMPTY:
            return data(PRIVATE | {"modulesCompleted": modules(3), "certificationData": None})
        if request.path != f"/api/profiles/transcript/share/{SHARE}":
            return NOT_THERE
        return data(odd() if self.mode is Mode.ODD else transcript())


def modules(count: int) -> list[dict[str, Any]]:
    return [
        {"uid": f"learn.wwl.knots-{number}", "title": f"Knots, part {number}"}
        for number in range(count)
    ]


def certification(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "name": f"Harbour Certified: Pilot Associate {number}",
        "certificationNumber": f"AB12CD-{number:06d}",
        "status": "Active",
        "dateEarned": "2025-03-14T10:00:00+00:00",
        "expiration": "2027-03-15T00:00:00+00:00",
    } | fields


def transcript() -> dict[str, Any]:
    """Enough of everything; one certification has run out, and one was taken back."""
    return {
        **PRIVATE,
        "userName": "ada-lovelace",
        "totalModulesCompleted": 240,
        "totalTrainingMinutes": 9000,
        "modulesCompleted": modules(240),
        "learningPathsCompleted": [
            {
                "uid": "learn.wwl.tides",
                "title": "Read tides and currents",
                "completedOn": "2024-11-02T08:00:00+00:00",
                "iconUrl": "/training/achievements/tides.svg",
            }
        ],
        "certificationData": {
            **PRIVATE,
            "totalActiveCertifications": 2,
            "activeCertifications": [certification(1), certification(2, expiration=None)],
            "historicalCertifications": [
                certification(3, status="Expired", expiration="2022-01-31T00:00:00+00:00"),
                certification(4, status="Revoked"),
            ],
            "passedExams": [
                {
                    "examTitle": "Harbour Fundamentals",
                    "examNumber": "HB-900",
                    "examDateTaken": "2024-05-01T00:00:00+00:00",
                }
            ],
            "qualifications": [],
        },
        "appliedSkillsData": {
            "totalAppliedSkills": 1,
            "appliedSkillsCredentials": [
                {
                    "credentialId": "D3268DD34CD3BB76",
                    "title": "Moor a ship in a gale",
                    "awardedOn": "2023-11-25T12:30:00+00:00",
                }
            ],
        },
    }


def odd() -> dict[str, Any]:
    return {
        **PRIVATE,
        "CertificationData": {
            "ActiveCertifications": [
                {
                    "CertificationName": "Harbour Certified: Pilot Associate 1",
                    "CertificationNumber": "AB12CD-000001",
                    "EarnedOn": "2025-03-14",
                    "ExpirationDate": "2027-03-15",
                },
                None,
                {"certificationNumber": "without a name"},
            ],
            "passedExams": None,
        },
        "appliedSkills": [{"name": "Moor a ship in a gale", "id": 7, "dateEarned": "soon"}],
        "learningPaths": {},
    }
