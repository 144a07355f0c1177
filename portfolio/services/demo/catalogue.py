"""The demo's issuers and what they awarded. None of them exists, nor can their addresses."""

from dataclasses import dataclass
from enum import StrEnum


class Proof(StrEnum):
    """How a badge can be checked."""

    INTEGRITY = "eddsa-rdfc-2022"
    JWT = "vc-jwt"
    HOSTED = "hosted"
    JWS = "jws"
    NONE = "none"


class Form(StrEnum):
    """How it came to its learner."""

    JSON = "json"
    TEXT = "txt"
    PNG = "png"
    SVG = "svg"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who awards. `did` is "web", "web:" with a path, "key", or empty for a plain address."""

    name: str
    host: str
    did: str
    about: str


@dataclass(frozen=True, slots=True)
class Award:
    """One badge of the learner. Days are counted from the day on which the demo was made."""

    name: str
    issuer: str
    proof: Proof
    form: Form
    kind: str
    about: str
    criteria: str
    skills: tuple[str, ...]
    issued: int
    expires: int | None = None
    evidence: tuple[str, str] | None = None
    to: str = "main"
    grade: str = ""
    credits: int = 0
    listed: bool = False
    revoked: bool = False
    tags: tuple[str, ...] = ()


ISSUERS = {
    "lanternfield": Issuer(
        "Lanternfield University",
        "lanternfield.example",
        "web",
        "A small university by a large lake. Teaches in weeks, credits in ECTS.",
    ),
    "quillmark": Issuer(
        "Quillmark Academy",
        "quillmark.example",
        "web:academy",
        "Short online courses with projects that a person reads.",
    ),
    "northlight": Issuer(
        "Northlight Data Guild",
        "northlight-guild.example",
        "web",
        "Practitioners who examine practitioners.",
    ),
    "fernbridge": Issuer(
        "Fernbridge Logistics",
        "fernbridge.example",
        "",
        "Moves parcels through eleven warehouses and trains the people who do it.",
    ),
    "tidewatch": Issuer(
        "Tidewatch Volunteers",
        "tidewatch.example",
        "",
        "Counts, cleans and guards forty kilometres of shore.",
    ),
    "lingua": Issuer(
        "Lingua Harbour",
        "lingua-harbour.example",
        "web",
        "Language examinations on the levels A1 to C2.",
    ),
    "redkite": Issuer(
        "Redkite Mountain Rescue School",
        "redkite-rescue.example",
        "",
        "Teaches people to be useful before the helicopter comes.",
    ),
    "openloom": Issuer(
        "Openloom Foundation",
        "openloom.example",
        "key",
        "Home of free tools for tables, charts and maps.",
    ),
    "eldvik": Issuer(
        "Eldvik Upper Secondary School",
        "eldvik-school.example",
        "web",
        "Recognises what its pupils do after the last bell.",
    ),
    "kettle": Issuer(
        "Kettle & Code Club",
        "kettle-and-code.example",
        "key",
        "Saturday mornings, eight to fourteen years, one laptop for two.",
    ),
    "cinderpath": Issuer(
        "Cinderpath Summer Camps",
        "cinderpath-camps.example",
        "",
        "Ten summers in the woods.",
    ),
    "mira": Issuer("Mira Solberg", "mira-solberg.example", "", "The learner herself."),
}

AWARDS = {
    "statistics": Award(
        "Statistics with Real Data",
        "lanternfield",
        Proof.INTEGRITY,
        Form.JSON,
        "MicroCredential",
        "A micro-credential of 5 ECTS (level 6): sampling, uncertainty and inference, on data "
        "that misbehaves.",
        "Pass four weekly labs and a written examination of three hours. In the project, answer "
        "a question of a public body with its own data, state how sure you are, and defend the "
        "answer before two examiners.\n\nWorkload: 125 hours. Examined on site, identity checked.",
        ("Statistical inference", "Data cleaning", "Report writing"),
        issued=210,
        evidence=(
            "Project: do the new bus lanes shorten the way to school?",
            "Nine weeks of ticket data, 41 stops. The answer was “by about three minutes, and not "
            "where it was promised”, with the interval to show for it.",
        ),
        grade="A",
        credits=5,
        listed=True,
    ),
    "visualising": Award(
        "Visualising Evidence",
        "lanternfield",
        Proof.INTEGRITY,
        Form.JSON,
        "MicroCredential",
        "A micro-credential of 5 ECTS (level 6): charts that tell the truth to people in a hurry.",
        "Redesign three published charts and argue every change. Build one interactive page for "
        "readers who use a screen reader, and have two of them try it.\n\nWorkload: 125 hours.",
        ("Data visualisation", "Accessibility", "Report writing"),
        issued=94,
        evidence=(
            "A tide table that can be listened to",
            "Sonified tide heights for a harbour café. Two blind readers found the next low "
            "water in under ten seconds.",
        ),
        grade="B",
        credits=5,
        listed=True,
    ),
    "ethics": Award(
        "Data Ethics and Privacy",
        "lanternfield",
        Proof.INTEGRITY,
        Form.PNG,
        "MicroCredential",
        "A micro-credential of 3 ECTS (level 6): what may be counted, who may know, and who "
        "decides.",
        "Write an impact assessment for a system that is really planned, and take part in two "
        "moot hearings, once on each side.\n\nWorkload: 75 hours.",
        ("Data protection", "Critical thinking"),
        issued=150,
        grade="A",
        credits=3,
        listed=True,
    ),
    "sql": Award(
        "SQL Foundations",
        "quillmark",
        Proof.JWT,
        Form.TEXT,
        "Course",
        "Six weeks of queries, joins and window functions on a library’s loans.",
        "Hand in all six weekly exercises and a final report of ten queries, each with the "
        "question that it answers. A tutor reads every one.",
        ("Query data with SQL", "Data cleaning"),
        issued=410,
    ),
    "python": Award(
        "Python for Analysts",
        "quillmark",
        Proof.JWT,
        Form.TEXT,
        "Course",
        "From a folder of untidy spreadsheets to one script that somebody else can run.",
        "Complete eight units. For the last one, automate a report that you used to make by hand "
        "and have a colleague run it without your help.",
        ("Programming in Python", "Data cleaning", "Process automation"),
        issued=330,
        evidence=(
            "A Monday report that makes itself",
            "Two hours of copying between four spreadsheets became a script of 140 lines with "
            "tests.",
        ),
    ),
    "agile": Award(
        "Working in Small Teams",
        "quillmark",
        Proof.JWT,
        Form.TEXT,
        "Course",
        "Plan a week, keep it visible, talk about it on Friday.",
        "Run a board for four weeks with at least two other people, and hand in what you changed "
        "after each Friday.",
        ("Teamwork", "Project planning"),
        issued=520,
        to="old",
    ),
    "analyst": Award(
        "Certified Junior Data Analyst",
        "northlight",
        Proof.INTEGRITY,
        Form.SVG,
        "Certification",
        "The guild’s first certificate: can be trusted with a question, a data set and a deadline.",
        "A day of practical examination: an unknown data set in the morning, a talk of ten "
        "minutes to three examiners in the afternoon. To be renewed every three years.",
        ("Query data with SQL", "Statistical inference", "Data visualisation", "Presenting"),
        issued=38,
        expires=1057,
        evidence=(
            "Examination piece",
            "Why do returned parcels peak on Wednesdays? From 210,000 rows to one slide in six "
            "hours.",
        ),
        grade="Passed with merit",
        listed=True,
    ),
    "dashboard": Award(
        "Dashboard Design, Practitioner",
        "northlight",
        Proof.INTEGRITY,
        Form.JSON,
        "Certification",
        "Dashboards that are looked at a second time.",
        "Show three dashboards in use, with what their readers decided because of them. The "
        "guild asks for fresh proof every year.",
        ("Data visualisation", "User research"),
        issued=460,
        listed=True,
        revoked=True,
    ),
    "forecasting": Award(
        "Demand Forecasting Internship",
        "fernbridge",
        Proof.JWS,
        Form.TEXT,
        "Fieldwork",
        "Twelve weeks in the planning team: tomorrow’s parcels, by warehouse and hour.",
        "Own one forecast from the raw scans to the shift plan, keep its error in the open, and "
        "hand it over so that it outlives the internship.",
        ("Forecasting", "Programming in Python", "Teamwork"),
        issued=125,
        evidence=(
            "Hand-over note",
            "The error of the evening forecast fell from 14 to 9 per cent; it still runs.",
        ),
    ),
    "safety": Award(
        "Warehouse Safety Lead",
        "fernbridge",
        Proof.JWS,
        Form.PNG,
        "Certificate",
        "May open a shift, stop a belt and lead people out.",
        "Two days of training, one night shift beside a lead, and a drill in which nobody was "
        "warned.",
        ("Workplace safety", "Leadership"),
        issued=240,
        expires=490,
    ),
    "hours": Award(
        "One Hundred Hours on the Shore",
        "tidewatch",
        Proof.HOSTED,
        Form.LINK,
        "CommunityService",
        "A hundred hours of counting, carrying and explaining, in all weathers.",
        "Sign in with a warden on at least twenty days. Half of the hours in winter.",
        ("Teamwork", "Environmental monitoring"),
        issued=290,
        evidence=(
            "Log book",
            "104 hours on 23 days: 61 of counting, 30 of cleaning, 13 of talking to visitors.",
        ),
        tags=("volunteering",),
    ),
    "species": Award(
        "Species Count Coordinator",
        "tidewatch",
        Proof.HOSTED,
        Form.SVG,
        "CommunityService",
        "Led a count of everything that lives between two tides.",
        "Plan a count with at least ten volunteers, check their sheets against a second "
        "observer, and publish the table.",
        ("Leadership", "Environmental monitoring", "Data cleaning"),
        issued=75,
        evidence=(
            "Spring count",
            "14 people, 61 species, one argument about a sea slug, settled by photograph.",
        ),
        tags=("volunteering", "open data"),
    ),
    "english": Award(
        "English C1",
        "lingua",
        Proof.INTEGRITY,
        Form.PNG,
        "Certificate",
        "Certificate of English at level C1, all four skills.",
        "Reading, listening, writing and speaking, each at C1 or above. Two examiners, identity "
        "checked.",
        ("English", "Presenting"),
        issued=620,
        grade="C1 (188 of 210)",
        listed=True,
    ),
    "german": Award(
        "German B1",
        "lingua",
        Proof.INTEGRITY,
        Form.JSON,
        "Certificate",
        "Certificate of German at level B1, valid for two years.",
        "Reading, listening, writing and speaking, each at B1 or above.",
        ("German",),
        issued=822,
        expires=-92,
        grade="B1 (151 of 210)",
        listed=True,
    ),
    "firstaid": Award(
        "First Aid in Remote Places",
        "redkite",
        Proof.HOSTED,
        Form.PNG,
        "Certification",
        "Sixteen hours of first aid for places where help takes an hour.",
        "Take part in both days and pass the night scenario. To be refreshed every two years.",
        ("First aid", "Keeping calm"),
        issued=689,
        expires=41,
    ),
    "merged": Award(
        "First Patch Merged",
        "openloom",
        Proof.INTEGRITY,
        Form.JSON,
        "Badge",
        "A first contribution to Openloom’s table editor, reviewed and released.",
        "Have a change with its test accepted by two maintainers and shipped in a release.",
        ("Programming in Python", "Version control"),
        issued=58,
        evidence=(
            "Sort columns by what people mean",
            "“Item 10” now comes after “Item 9”. 62 lines, 40 of them tests.",
        ),
        tags=("open source",),
    ),
    "debate": Award(
        "Captain of the Debate Team",
        "eldvik",
        Proof.INTEGRITY,
        Form.JSON,
        "CoCurricular",
        "Led the school’s debate team for a year, from the library to the regional final.",
        "Lead at least six debates, coach two younger speakers, and lose at least once with grace.",
        ("Leadership", "Presenting", "Critical thinking"),
        issued=1190,
        to="school",
        evidence=("Season record", "Eleven debates, eight won. Both younger speakers stayed on."),
    ),
    "newspaper": Award(
        "Editor of the Eldvik Gazette",
        "eldvik",
        Proof.INTEGRITY,
        Form.PNG,
        "CoCurricular",
        "Edited six issues of the school newspaper and one correction.",
        "Bring out at least four issues on their day, with sources for every number.",
        ("Report writing", "Editing", "Leadership"),
        issued=1130,
        to="school",
    ),
    "robotics": Award(
        "Robotics: Regional Finalist",
        "eldvik",
        Proof.INTEGRITY,
        Form.JSON,
        "CoCurricular",
        "Built and drove the robot that sorted bottles by sound.",
        "Reach a regional final with a robot of your own making and its documentation.",
        ("Programming in Python", "Teamwork", "Prototyping"),
        issued=1420,
        to="school",
        evidence=("The listening sorter", "Glass or plastic by one tap, right in 47 cases of 50."),
    ),
    "mentor": Award(
        "Coding Mentor",
        "kettle",
        Proof.INTEGRITY,
        Form.SVG,
        "CommunityService",
        "A year of Saturdays beside children who were writing their first programs.",
        "Mentor on at least fifteen mornings, and never take the keyboard.",
        ("Mentoring", "Programming in Python", "Keeping calm"),
        issued=180,
        tags=("volunteering",),
    ),
    "camp": Award(
        "Camp Counsellor",
        "cinderpath",
        Proof.HOSTED,
        Form.PNG,
        "CommunityService",
        "Three weeks of responsibility for a tent of nine.",
        "Complete the counsellor’s course and one summer, rated by the camp and by the tent.",
        ("Leadership", "First aid"),
        issued=1500,
    ),
    "datanight": Award(
        "Organised the Community Data Night",
        "mira",
        Proof.NONE,
        Form.JSON,
        "Achievement",
        "Four evenings in the town library: bring a question about the town, leave with a chart.",
        "My own record: four evenings, 70 visitors, 19 questions answered, soup.",
        ("Project planning", "Presenting"),
        issued=265,
    ),
}
