"""The words by which an advert says what it needs, would like, does not need, and only mentions.

Each is looked for in a sentence in lower case, whose words are parted by single spaces and whose
apostrophes are gone: "don't need" is "don t need". English first; German, French and Spanish as
far as adverts use set phrases.
"""

import re
from enum import Enum


class Need(Enum):
    """How an advert asks for something. None of these: it only speaks of it."""

    MUST = "must"
    PLAIN = "plain"  # asked for, without a word of how badly
    NICE = "nice"
    NOT = "not"  # "no Java needed"
    TALK = "talk"  # the company about itself, and what it offers


def _any(phrases: str) -> re.Pattern[str]:
    """Any of the phrases that semicolons part."""
    some = (phrase.strip() for phrase in phrases.split(";"))
    return re.compile(rf"(?<!\S)(?:{'|'.join(some)})(?!\S)")


# --- Headings: what stands below them -----------------------------------------------------------

HEADINGS: tuple[tuple[Need, re.Pattern[str]], ...] = (
    (
        Need.TALK,
        _any(
            r"""about (?:us|the company|our company|our team); who we are; our (?:company|story);
            (?:our |your )?(?:benefits|perks); (?:what )?we offer(?: you)?; what you(?: ll)? get;
            what s in it for you; how to apply; to apply; equal opportunit(?:y|ies).*; contact;
            salary; pay; our values; why (?:join )?us; what you(?: ll| will) learn;
            (?:was )?wir bieten.*; über uns; unser angebot; das bieten wir.*; kontakt;
            das erwartet dich bei uns; (?:ihre )?bewerbung; deine vorteile; benefits bei.*;
            nous (?:vous )?(?:offrons|proposons); à propos.*; (?:vos |nos )?avantages;
            qui sommes nous; (?:qué )?(?:te )?ofrecemos; sobre nosotros; beneficios"""
        ),
    ),
    (
        Need.NICE,
        _any(
            r"""(?:nice|good) to haves?; desirable.*; preferred.*; bonus(?: points)?.*;
            a plus; pluses; (?:would be |an |of )?advantage(?:s|ous)?; extra points; even better.*;
            (?:would be |it would be )?great if.*; optional; ideally; .*but not essential;
            (?:von|als|ein) vorteil; wünschenswert.*; pluspunkte?; idealerweise;
            das wäre (?:schön|toll).*; (?:vos |des )?atouts?; souhaitée?s?; (?:les )?plus;
            .*serait un plus; deseable; se valora(?:rá)?.*; valorable"""
        ),
    ),
    (
        Need.MUST,
        _any(
            r"""(?:key |minimum |job |your |the |our )?requirements?; required.*; must haves?.*;
            (?:the )?essentials?.*; what you(?: ll)? (?:need|bring|will bring|have|must have);
            you (?:have|bring|need|must have); your (?:profile|skills|background|experience);
            (?:minimum |basic )?qualifications?.*; (?:key |your )?(?:skills?|competenc(?:e|i)e?s);
            skills (?:and|&) .*; about you; who you are; (?:what )?we(?: are| re) looking for;
            (?:what )?we (?:expect|need|ask)(?: for)?; person specification; you are.*;
            (?:unsere |ihre )?anforderungen.*; (?:ihr|dein) profil; voraussetzungen?;
            (?:das|was) (?:bringen sie|bringst du|du|sie) (?:mit|mitbringst|mitbringen);
            (?:ihre |deine )?qualifikation(?:en)?; (?:votre |le )?profil.*; compétences.*;
            exigences?; vous avez; (?:los )?requisitos.*; (?:tu )?perfil.*; imprescindible;
            (?:qué )?buscamos; lo que (?:buscamos|necesitas)"""
        ),
    ),
    (
        Need.PLAIN,
        _any(
            r"""(?:key |main |your )?(?:responsibilities|duties|tasks); the (?:role|job|work);
            what you(?: ll| will)? do; day to day; your (?:role|work|day); job description;
            (?:ihre |deine |die )?aufgaben; (?:vos |les )?missions?;
            (?:tus )?(?:funciones|tareas)"""
        ),
    ),
)

# --- Sentences ---------------------------------------------------------------------------------

# The company speaks of itself, or gives rather than asks: at the beginning of a sentence ...
_TALK_BEGINS = r"""
    (?:we are|we re|our (?:company|team) is) (?:an? |one of |the |proud |committed )(?!looking).*;
    (?:founded|established) in .*; we (?:celebrate|value|embrace) diversity.*;
    we welcome applica.*; we are committed to .*; apply (?:by|to|with|in|now|via) .*;
    (?:we|our company) (?:offers?|provides?) .*; we (?:will |ll )?(?:train|teach|give|pay) .*;
    you(?: will| ll)? (?:get|receive|enjoy|learn) .*; benefits include .*;
    please (?:send|apply|contact|submit) .*; contact (?:our|the|us) .*;
    (?:send|submit) (?:us )?(?:your|a) (?:cv|resume|application) .*;
    wir (?:sind|bieten) .*; wir arbeiten dich .*; als (?:führender|führendes|führende) .*;
    nous sommes (?:une?|le|la) .*; nous (?:vous )?(?:offrons|proposons) .*; notre entreprise .*;
    (?:te |le |les )?ofrecemos .*; somos (?:una?|l[ao]s?|líderes) .*; nuestra empresa .*"""
# ... and anywhere in it.
_TALK_ANYWHERE = r"""
    is (?:an? |the |one of the )(?:world s )?(?:leading|fast growing);
    equal opportunit(?:y|ies) (?:employer|policy); regardless of; (?:all|qualified) applicants;
    training (?:is |will be )?(?:given|provided); will be (?:given|provided|taught|trained);
    (?:privacy|data protection) (?:policy|notice|statement)"""
TALK = (re.compile(rf"^{_any(_TALK_BEGINS).pattern}"), _any(_TALK_ANYWHERE))

MUST_BEFORE = _any(
    r"""must (?:have|be able|know|speak|hold); must; you (?:will |ll )?need(?: to)?;
    we require; requires; essential; required; is a must; zwingend; unbedingt;
    wir erwarten; vous devez; indispensable; imprescindible; debes"""
)
MUST_AFTER = _any(
    r"""(?:is |are )?(?:required|essential|mandatory|a must|necessary|needed); must be;
    (?:ist |sind )?(?:zwingend |unbedingt )?(?:erforderlich|notwendig|voraussetzung|pflicht);
    (?:est |sont )?(?:obligatoires?|indispensables?|exigée?s?|requis(?:e|es)?);
    (?:es |son )?(?:imprescindibles?|obligatori[oa]s?|necesari[oa]s?)"""
)
NICE_BEFORE = _any(
    r"""ideally; preferably; nice to have; good to have; bonus(?: points)?(?: for| if)?;
    it (?:would|d) be (?:great|nice|good|helpful) if; would be (?:great|nice) if;
    a plus is; we (?:also )?(?:would|d) (?:love|like); desirable; extra points for;
    even better; idealerweise; wünschenswert; von vorteil; am besten; schön wäre;
    gerne auch; idéalement; de préférence; idealmente; preferiblemente; se valorará;
    se valora"""
)
NICE_AFTER = _any(
    r"""
    (?:is |are |would be |will be )?a (?:big |real |strong |definite )?(?:plus|bonus);
    (?:is |are |would be |will be )?(?:an advantage|an asset|helpful|welcome|beneficial);
    (?:is |are |would be )?(?:desirable|advantageous|(?:a )?nice to have);
    (?:is |are )?(?:preferred|optional|of advantage);
    (?:would|will) (?:help|be an advantage);
    (?:ist |sind |wäre |wären )?(?:von vorteil|wünschenswert|hilfreich|willkommen);
    (?:ist |sind |wäre |wären )?ein (?:großes )?plus;
    (?:est |sont |serait |seraient )?(?:un plus|un atout|souhaitée?s?|appréciée?s?|bienvenue?s?);
    (?:es |sería |será )?(?:un plus|deseables?|valorables?|una ventaja); se valorará(?:n)?"""
)
NOT_BEFORE = _any(
    r"""no(?! only| less| problem| later| doubt| fewer| more);
    (?:do|does|will) not (?:need|require|have to);
    (?:don|doesn|won) t (?:need|require|have to); need not; not looking for;
    without (?:any )?; never (?:need|use); no need (?:for|of); keine?(?:n|r)?; ohne;
    pas (?:besoin )?de; sans; sin; no se (?:requiere|necesita|exige);
    no (?:hace falta|es necesario)"""
)
NOT_AFTER = _any(
    r"""(?:is |are )?not (?:\w+ )?(?:required|needed|necessary|essential|expected|a must|used);
    (?:isn|aren) t (?:required|needed|necessary|essential|expected); unnecessary;
    (?:ist |sind )?nicht (?:erforderlich|nötig|notwendig|zwingend);
    (?:ist |sind )?kein muss;
    (?:n est |ne sont |n est )?pas (?:nécessaires?|requis(?:e|es)?|exigée?s?|obligatoires?);
    no (?:es |son )?(?:necesari[oa]s?|imprescindibles?|obligatori[oa]s?|requerid[oa]s?)"""
)
BEFORE = ((Need.NOT, NOT_BEFORE), (Need.NICE, NICE_BEFORE), (Need.MUST, MUST_BEFORE))
AFTER = ((Need.NOT, NOT_AFTER), (Need.NICE, NICE_AFTER), (Need.MUST, MUST_AFTER))
TURNS = {"but", "except", "however", "only", "just", "sondern", "aber", "mais", "sino", "pero"}

# --- Languages ---------------------------------------------------------------------------------

COMMON = {
    "en": "the of and to in a for with is you we are our your will as be on have this at an",
    "de": "der die das und mit für von wir sie du ist im ein eine zu auf dich ihr sind oder als",
    "fr": "le la les de des et vous nous pour une un dans est avec sur votre au aux du en",
    "es": "el la los las de y que para con una un en es del se por tu su como nuestro",
}
# No skill's name begins or ends with one of these; looking them up would be work for nothing.
_EDGES = """
    the of and to in a an for with is you we are our your will as be on have has this that at or
    by from us can who must should good very strong great excellent other any all their its they
    der die und mit für von wir sie ist im ein eine einen zu auf oder als le les et vous nous
    pour une un dans est avec votre y que los las para con del"""
EDGES = frozenset(_EDGES.split())
