"""Names of skills that are everyday words as well, and what must stand around them to be meant.

By phrase and not by skill: the trap is in the word, whoever's list brought it. A sentence is given
in lower case with single spaces (`before` and `after` are what stands on either side).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trap:
    """`needs`: one of these in the sentence. `not_before`, `not_after`: never next to these.
    `written`: only in one of these ways. `never`: nowhere in the sentence."""

    needs: re.Pattern[str] | None = None
    not_before: re.Pattern[str] | None = None
    not_after: re.Pattern[str] | None = None
    never: re.Pattern[str] | None = None
    written: frozenset[str] = frozenset()


def _in(words: str) -> re.Pattern[str]:
    """One of these words; an asterisk stands for any ending."""
    some = "|".join(re.escape(word).replace(r"\*", r"\S*") for word in words.split())
    return re.compile(rf"(?<!\S)(?:{some})(?!\S)")


def _next(*phrases: str) -> re.Pattern[str]:
    """What follows at once."""
    return re.compile(rf"^(?:{'|'.join(phrases)})(?!\S)")


def _last(*phrases: str) -> re.Pattern[str]:
    """What stands right before."""
    return re.compile(rf"(?<!\S)(?:{'|'.join(phrases)})$")


TECH = _in(
    "program* developer* development code coding coder language* framework* backend back-end"
    " frontend software library libraries script* compiler python java javascript typescript kotlin"
    " scala rust golang c++ c# .net php ruby sql react angular vue node.js django linux docker"
    " kubernetes git api apis microservice* embedded firmware entwickl* programmier* développeur*"
    " programación desarrollador* backends apps ios android spss stata matlab sas"
)
SPEECH = _in(
    "speak* spoken speech write written writing language* fluen* native level proficien* skills"
    " conversational bilingual mother tongue knowledge command communicat* read* a1 a2 b1 b2 c1 c2"
    " translat* interpret* teach* learn* good excellent basic english german french spanish italian"
    " portuguese dutch polish ukrainian russian turkish arabic chinese mandarin japanese"
    " sprach* sprich* fließend* fliessend* kenntnisse deutsch* englisch* französisch* wort"
    " muttersprach*"
    " parl* langue* courant lu écrit anglais allemand habl* idioma* nivel inglés alemán fluido"
    " deutschkenntnisse englischkenntnisse gute sehr maîtrise niveau français español"
)
MARKET = _next(
    *("market\\S*", "compan\\S*", "customers?", "clients?", "law", "team", "office", "school"),
    *("branch", "subsidiary", "cities", "citizens?", "government", "breakfast", "cuisine", "food"),
    *("leader", "start\\S*", "tax", "history", "bread", "restaurants?", "cooking", "american?"),
)


NEVER = Trap(needs=re.compile(r"(?!)"))  # too common a word to mean anything


def _cased(*written: str, **more: re.Pattern[str]) -> Trap:
    return Trap(written=frozenset(written), **more)


_LANGUAGES = (
    "english german french spanish italian portuguese dutch polish ukrainian russian turkish arabic"
    " chinese mandarin japanese latin"
)
TRAPS: dict[str, Trap] = {
    name: Trap(needs=SPEECH, not_after=MARKET, written=frozenset((name.capitalize(), name.upper())))
    for name in _LANGUAGES.split()
} | {
    # Letters and words that are programming languages, frameworks and tools.
    "c": _cased(
        "C",
        needs=TECH,
        not_before=_last("vitamins?", "hepatitis", "grade", "class", "category", "plan"),
        not_after=_next("level", "suite"),
    ),
    "r": _cased(
        "R",
        needs=_in("statistic* data stata spss python sql tidyverse shiny rstudio"),
        not_after=_next("d"),
    ),
    "d": _cased("D", needs=_in("dlang")),
    "go": _cased(
        "Go", "GO", needs=TECH, not_after=_next("to", "the", "for", "beyond", "live", "on")
    ),
    "rust": _cased("Rust", needs=TECH),
    "swift": _cased(
        "Swift", needs=_in("ios apple xcode kotlin objective swiftui app apps mobile program*")
    ),
    "spring": _cased(
        *("Spring", "SPRING"),
        needs=_in("java kotlin boot framework* microservice* hibernate maven backend jpa"),
        not_after=_next(
            r"\d+", "term", "semester", "season", "break", "intake", "sale", "clean\\S*"
        ),
    ),
    "node": _cased("Node", needs=TECH),
    "bi": _cased("BI"),
    "scratch": _cased("Scratch", not_before=_last("from")),
    "ruby": _cased("Ruby", needs=TECH),
    "dart": _cased("Dart", needs=_in("flutter mobile app apps program*")),
    "java": _cased("Java", "JAVA", not_before=_last("island of", "in"), not_after=_next("island")),
    "react": _cased("React", "REACT", not_after=_next("quickly", "to", "fast", "calmly")),
    "angular": _cased("Angular", "ANGULAR"),
    "vue": _cased("Vue", "VUE", needs=TECH),
    "express": _cased("Express", needs=_in("node.js node javascript typescript")),
    "rest": _cased("REST", needs=TECH),
    "access": _cased("Access", needs=_in("microsoft ms excel database* sql vba")),
    "word": _cased("Word", needs=_in("microsoft ms excel powerpoint outlook office")),
    "teams": _cased("Teams", needs=_in("microsoft ms outlook zoom sharepoint")),
    "outlook": _cased("Outlook", needs=_in("microsoft ms excel word powerpoint office")),
    "project": _cased("Project", needs=_in("microsoft ms visio")),
    "slack": _cased("Slack"),
    "unity": _cased("Unity", needs=_in("game* c# 3d engine unreal")),
    "oracle": _cased("Oracle", "ORACLE"),
    "sap": _cased("SAP"),
    "stata": _cased("Stata", "STATA"),
    "excel": _cased(
        *("Excel", "EXCEL"),
        not_after=_next("in", "at", "as", "under", "within", "when", "and grow", "both"),
    ),
    "git": _cased("Git", "GIT"),
    "tableau": _cased("Tableau"),
    "chef": _cased("Chef", needs=_in("puppet ansible devops terraform")),
    "puppet": _cased("Puppet", needs=_in("chef ansible devops terraform linux")),
    "hr": _cased("HR", never=_in("apply contact send cv résumé")),
    "ai": _cased("AI"),
    "ml": _cased("ML"),
    "ki": _cased("KI"),
    "ia": _cased("IA"),
    "js": _cased("JS"),
    "ux": _cased("UX"),
    "css": _cased("CSS"),
    "gis": _cased("GIS"),
    "aed": _cased("AED", not_after=_next(r"\d.*")),
    "cad": _cased("CAD", not_after=_next(r"\d.*")),
    "cloud": Trap(
        needs=_in(
            "aws azure gcp infrastructure migrat* deploy* kubernetes docker terraform"
            " linux devops platform* service* server* architect* comput* software engineer* native"
        ),
        not_before=_last("tag", "word"),
    ),
    # Everyday words that are also names of skills.
    "leading": NEVER,
    "driving": Trap(
        needs=_in(
            "licence license car van vehicle* truck* lorry deliver* hgv forklift bus tractor* clean"
        ),
        not_after=_next("change", "growth", "force", "results?", "sales", "innovation", "revenue"),
    ),
    "moderation": Trap(
        not_before=_last("in"),
        needs=_in(
            "workshop* meeting* group* forum communit*"
            " comment* content online gruppen* besprechung* veranstaltung* sitzung* runden"
        ),
    ),
    "mediation": Trap(needs=_in("conflict* dispute* famil* court neighbour* konflikt*")),
    "history": Trap(
        needs=_in(
            "teach* teacher museum* art local archive* heritage degree exhibition* tour lesson*"
        ),
        not_before=_last(
            "track", "work", "employment", "credit", "medical", "proven", "case", "our", "long"
        ),
    ),
    "initiative": Trap(needs=_in("take* taking show* own use* using work* sense with")),
    "feedback": Trap(
        needs=_in("giv* constructive deliver* coach* pupil* student* team colleagues")
    ),
    "writing": Trap(not_before=_last("in", "apply in"), not_after=_next("to")),
    "reporting": Trap(
        needs=_in("news* press journal* media stor* radio article* editorial investigat*"),
        not_after=_next("to", "line", "directly", "into"),
    ),
    "signing": Trap(needs=_in("deaf sign bsl language interpreter")),
    "filing": Trap(
        needs=_in("document* record* paper* office admin* clerical patient* invoice* archiv*")
    ),
    "exercise": Trap(needs=_in("class* fitness gym physical sport* therap* trainer instructor")),
    "fitness": Trap(
        needs=_in("class* train* coach* instructor physical sport* club* gym* level good"),
        never=_in("benefits membership allowance discount* offer studio"),
    ),
    "theatre": Trap(not_before=_last("operating", "surgical"), never=_in("surgery anaesth* scrub")),
    "drama": Trap(needs=_in("teach* school club workshop* stage theatre acting lesson* class*")),
    "acting": Trap(needs=_in("stage theatre film drama voice camera audition* actor")),
    "dance": Trap(not_after=_next("floor")),
    "drawing": Trap(
        not_after=_next("on", "up", "blood", "from", "attention", "conclusions", "board")
    ),
    "painting": Trap(
        needs=_in("art artist* watercolour acrylic oil canvas gallery portrait* drawing studio")
    ),
    "graphics": Trap(not_after=_next("card.*")),
    "interpreting": Trap(
        not_after=_next(
            "data", "results?", "blood", "technical", "drawings?", "the", "test\\S*", "law"
        )
    ),
    "interpretation": Trap(needs=_in("language* simultaneous consecutive conference")),
    "instruction": Trap(
        needs=_in("classroom student* pupil* learner* teach* course*"),
        not_before=_last("follow", "following", "under", "with", "to", "work", "safety", "written"),
    ),
    "instructions": NEVER,
    "grading": Trap(needs=_in("student* exam* pupil* assign* essay* homework teach*")),
    "citation": Trap(needs=_in("academic source* paper* thesis write writing research")),
    "referencing": Trap(needs=_in("academic source* paper* thesis write writing citation")),
    "privacy": Trap(not_after=_next("policy", "notice", "statement"), not_before=_last("your")),
    "human resources": Trap(never=_in("apply contact send cv résumé questions")),
    "project manager": Trap(
        not_before=_last("(?:to|with|by|our|the|supports?|assist\\S*)(?: (?:the|our|a))?")
    ),
    "project managers": NEVER,
    "data scientist": Trap(not_before=_last("(?:to|with|by|our|the)(?: (?:the|our|a))?")),
    "teaching": Trap(not_after=_next("hospitals?")),
    "nursing": Trap(not_after=_next("homes?", "staff", "team", "leadership")),
    "leadership": Trap(
        not_after=_next("team", "role", "position"),
        not_before=_last("market", "thought", "under the"),
    ),
    "communication": Trap(not_after=_next("department", "agency", "channels?", "director")),
    "communications": Trap(not_after=_next("department", "agency", "team", "director", "manager")),
    "collaboration": Trap(not_before=_last("in")),
    "zusammenarbeit": Trap(not_before=_last("in")),
    "diversity": Trap(
        not_before=_last("our", "value", "celebrate", "of"), never=_in("employer applicants")
    ),
    "inclusion": Trap(not_before=_last("for"), never=_in("employer applicants")),
    "equal opportunities": Trap(not_after=_next("employer")),
    "conservation": Trap(never=_in("painting* manuscript*")),
    "flexibility": Trap(never=_in("offer benefits hybrid home")),
    "flexibilität": Trap(never=_in("bieten homeoffice")),
    "sustainability": Trap(never=_in("commitment values believe")),
    "automation": Trap(not_before=_last("home", "marketing"), not_after=_next("company")),
    "listening": Trap(
        needs=_in("skills active* good careful* patient* client* customer* pupil*"),
        not_before=_last("for"),
    ),
    "repair": Trap(
        needs=_in(
            "maintain* maintenance fix* tools workshop diagnos* install* skills able"
            " machine* equipment bike* bicycle* vehicle* appliance* building* property"
        )
    ),
    "cooking": Trap(never=_in("benefits breakfast")),
    "exercises": NEVER,
    "führung": Trap(
        not_before=_last("unter"), needs=_in("team* mitarbeit* personal erfahrung leit* kompetenz*")
    ),
    "geschichte": Trap(needs=_in("unterricht* lehr* museum* archiv* fach")),
    "ablage": Trap(needs=_in("büro* dokument* post akten* schrift*")),
    "encadrement": Trap(needs=_in("équipe* expérience")),
    "écoute": Trap(needs=_in("client* sens capacité* empathie patience")),
    "beratung": Trap(needs=_in("psychosozial* klient* famil* jugend* sozial* schuldner*")),
    "malerei": Trap(needs=_in("kunst* atelier")),
    "research": Trap(not_before=_last("market", "do your", "your")),
    "marketing": Trap(not_after=_next("department", "team", "agency", "director")),
    "sales": Trap(
        not_after=_next("team", "department", "tax", "figures", "office", "representatives")
    ),
    "retail": Trap(not_after=_next("company", "group", "chain", "sector", "price")),
    "logistics": Trap(not_after=_next("company", "group", "provider", "sector", "team")),
    "hospitality": Trap(not_after=_next("company", "group")),
    "initiatives": NEVER,
}


# What adverts call skills whose bare names would mislead anywhere else: a badge that is tagged
# "Spring" may be about the season, an advert is read with the words around it.
BARE = {
    "go": "go programming",
    "rust": "rust programming",
    "swift": "swift programming",
    "c": "c programming",
    "r": "r programming",
    "ruby": "ruby programming",
    "spring": "spring framework",
    "vue": "vue.js",
    "node": "node.js",
    "word": "microsoft word",
    "bi": "business intelligence",
}


def allowed(phrase: str, texts: Iterable[str], before: str, after: str, folded: str) -> bool:
    """Whether a phrase, written as `texts`, means its skill between these words."""
    trap = TRAPS.get(phrase)
    if trap is None:
        return True
    if trap.written and not trap.written.issuperset(texts):
        return False
    if trap.not_before and trap.not_before.search(before):
        return False
    if trap.not_after and trap.not_after.search(after):
        return False
    if trap.never and trap.never.search(folded):
        return False
    around = f"{before} {after}"
    return trap.needs is None or trap.needs.search(around) is not None
