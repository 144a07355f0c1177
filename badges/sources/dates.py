"""Reads a date as a person or a platform writes it, in nearly thirty languages.

Many sources give a month or a year and no day. `read` therefore answers with the first and the
last day of what was written: a badge issued in "mars 2022" was issued from the 1st on, and one
that ends then holds until the 31st.

Nothing is guessed. Figures whose order is not certain (03/04/2018) name both days that they may
be, so the span reaches from the one to the other; with dots the day comes first everywhere. Two
figures for a year, a word that is no part of a date, or a second date make the text unreadable.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

MAX_TEXT = 60
YEARS = range(1900, 2200)
THAI_YEARS = range(YEARS.start + 543, YEARS.stop + 543)

# Twelve months for each language, split by spaces; the spellings of one by "|". An underscore
# stands for a space. Marks, case and dots do not matter: see `fold`.
MONTHS: Mapping[str, str] = {
    "en": "january|jan february|feb march|mar april|apr may june|jun july|jul august|aug"
    " september|sept|sep october|oct november|nov december|dec",
    "de": "januar|jänner|jan|jän februar|feber|feb märz|maerz|mär|mrz april|apr mai juni|jun"
    " juli|jul august|aug september|sept|sep oktober|okt november|nov dezember|dez",
    "fr": "janvier|janv|jan février|févr|fév mars|mar avril|avr mai juin|jun juillet|juil|jul"
    " août|aou septembre|sept|sep octobre|oct novembre|nov décembre|déc",
    "es": "enero|ene febrero|feb marzo|mar abril|abr mayo|may junio|jun julio|jul agosto|ago"
    " septiembre|setiembre|sept|sep|set octubre|oct noviembre|nov diciembre|dic",
    "pt": "janeiro|jan fevereiro|fev março|mar abril|abr maio|mai junho|jun julho|jul"
    " agosto|ago setembro|set outubro|out novembro|nov dezembro|dez",
    "it": "gennaio|genn|gen febbraio|febbr|feb marzo|mar aprile|apr maggio|magg|mag"
    " giugno|giu luglio|lug agosto|ago settembre|sett|set ottobre|ott novembre|nov dicembre|dic",
    "nl": "januari|jan februari|feb|febr maart|mrt april|apr mei juni|jun juli|jul"
    " augustus|aug september|sept|sep oktober|okt november|nov december|dec",
    "pl": "styczeń|stycznia|sty luty|lutego|lut marzec|marca|mar kwiecień|kwietnia|kwi maj|maja"
    " czerwiec|czerwca|cze lipiec|lipca|lip sierpień|sierpnia|sie wrzesień|września|wrz"
    " październik|października|paź listopad|listopada|lis grudzień|grudnia|gru",
    "sv": "januari|jan februari|febr|feb mars|mar april|apr maj juni|jun juli|jul augusti|aug"
    " september|sept|sep oktober|okt november|nov december|dec",
    "da": "januar|jan februar|febr|feb marts|mar april|apr maj juni|jun juli|jul august|aug"
    " september|sept|sep oktober|okt november|nov december|dec",
    "no": "januar|jan februar|febr|feb mars|mar april|apr mai juni|jun juli|jul august|aug"
    " september|sept|sep oktober|okt november|nov desember|des",
    "fi": "tammikuu|tammikuuta|tammi|tammik|tam helmikuu|helmikuuta|helmi|helmik|hel"
    " maaliskuu|maaliskuuta|maalis|maalisk|maa huhtikuu|huhtikuuta|huhti|huhtik|huh"
    " toukokuu|toukokuuta|touko|toukok|tou kesäkuu|kesäkuuta|kesä|kesäk|kes"
    " heinäkuu|heinäkuuta|heinä|heinäk|hei elokuu|elokuuta|elo|elok"
    " syyskuu|syyskuuta|syys|syysk|syy"
    " lokakuu|lokakuuta|loka|lokak|lok marraskuu|marraskuuta|marras|marrask"
    " joulukuu|joulukuuta|joulu|jouluk|jou",
    "tr": "ocak|oca|ock şubat|şub mart|mar nisan|nis mayıs|may haziran|haz temmuz|tem|tmz"
    " ağustos|ağu eylül|eyl ekim|eki|ekm kasım|kas aralık|ara",
    "cs": "leden|ledna|led únor|února|úno březen|března|bře duben|dubna|dub květen|května|kvě"
    " červen|června|čvn|čen červenec|července|čvc|čec srpen|srpna|srp září|zář říjen|října|říj"
    " listopad|listopadu|lis prosinec|prosince|pro",
    "hu": "január|jan február|febr|feb március|márc|már április|ápr május|máj június|jún"
    " július|júl augusztus|aug szeptember|szept|sze október|okt november|nov december|dec",
    "ro": "ianuarie|ian februarie|feb martie|mar aprilie|apr mai iunie|iun iulie|iul august|aug"
    " septembrie|sept|sep octombrie|oct noiembrie|noie|noi|nov decembrie|dec",
    "id": "januari|jan februari|feb|peb maret|mar april|apr mei juni|jun juli|jul"
    " agustus|agu|agt|ags september|sep oktober|okt november|nov desember|des",
    "ms": "januari|jan februari|feb mac april|apr mei jun julai|jul ogos|ogo september|sep"
    " oktober|okt november|nov disember|dis",
    "vi": "tháng_1|thg_1|tháng_một tháng_2|thg_2|tháng_hai tháng_3|thg_3|tháng_ba"
    " tháng_4|thg_4|tháng_tư tháng_5|thg_5|tháng_năm tháng_6|thg_6|tháng_sáu"
    " tháng_7|thg_7|tháng_bảy tháng_8|thg_8|tháng_tám tháng_9|thg_9|tháng_chín"
    " tháng_10|thg_10|tháng_mười tháng_11|thg_11|tháng_mười_một"
    " tháng_12|thg_12|tháng_mười_hai",
    "ru": "январь|января|янв февраль|февраля|февр|фев март|марта|мар апрель|апреля|апр май|мая"
    " июнь|июня|июн июль|июля|июл август|августа|авг сентябрь|сентября|сент|сен"
    " октябрь|октября|окт ноябрь|ноября|нояб|ноя декабрь|декабря|дек",
    "uk": "січень|січня|січ лютий|лютого|лют березень|березня|бер квітень|квітня|квіт|кві"
    " травень|травня|трав|тра червень|червня|черв|чер липень|липня|лип серпень|серпня|серп|сер"
    " вересень|вересня|вер жовтень|жовтня|жовт|жов листопад|листопада|лист|лис"
    " грудень|грудня|груд|гру",
    "el": "ιανουάριος|ιανουαρίου|ιαν φεβρουάριος|φεβρουαρίου|φεβ μάρτιος|μαρτίου|μάρ|μάρτ"
    " απρίλιος|απριλίου|απρίλ|απρ μάιος|μαΐου|μάι ιούνιος|ιουνίου|ιούν ιούλιος|ιουλίου|ιούλ"
    " αύγουστος|αυγούστου|αύγ σεπτέμβριος|σεπτεμβρίου|σεπ|σεπτ οκτώβριος|οκτωβρίου|οκτ"
    " νοέμβριος|νοεμβρίου|νοέ|νοέμ δεκέμβριος|δεκεμβρίου|δεκ",
    "ar": "يناير|كانون_الثاني فبراير|شباط مارس|آذار أبريل|إبريل|نيسان مايو|أيار يونيو|حزيران"
    " يوليو|تموز أغسطس|آب سبتمبر|أيلول أكتوبر|تشرين_الأول نوفمبر|تشرين_الثاني"
    " ديسمبر|كانون_الأول",
    "he": "ינואר|ינו|יאנ פברואר|פבר מרץ|מרס אפריל|אפר מאי יוני|יונ יולי|יול אוגוסט|אוג"
    " ספטמבר|ספט אוקטובר|אוק נובמבר|נוב דצמבר|דצמ",
    "th": "มกราคม|ม.ค กุมภาพันธ์|ก.พ มีนาคม|มี.ค เมษายน|เม.ย พฤษภาคม|พ.ค มิถุนายน|มิ.ย"
    " กรกฎาคม|ก.ค สิงหาคม|ส.ค กันยายน|ก.ย ตุลาคม|ต.ค พฤศจิกายน|พ.ย ธันวาคม|ธ.ค",
    "hi": "जनवरी|जन फ़रवरी|फ़र मार्च अप्रैल|अप्र मई जून जुलाई|जुल अगस्त|अग सितंबर|सितम्बर|सितमबर|सित"
    " अक्तूबर|अक्टूबर|अक्तू|अक्टू|अक्ट नवंबर|नवम्बर|नवमबर|नव दिसंबर|दिसम्बर|दिसमबर|दिस",
    # With figures (2022年3月) there is nothing to name; Japanese and Korean have no other way.
    "zh": "一月 二月 三月 四月 五月 六月 七月 八月 九月 十月 十一月 十二月",
}

# What stands between the parts of a date and says nothing itself.
FILLERS = (
    "a al and at b d de del den der des di do dos e el en er följ g h i in kl klo la le nd ng o of"
    " om on på r rd st th the um utc gmt y z à år года году год г р року рік в στις ה ב في من"
    " năm ngày năm พ.ศ ที่"
)
MARKS = re.compile("[\u0300-\u036f\u0653-\u0655\u093c]")
CLOCK = re.compile(
    r"(?<!\d)\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?\s*([ap]\.?\s?m\b\.?)?\s*(utc|gmt|z)?"
    r"\s*([+-]\d{2}:?\d{2})?\s*$"
)


@dataclass(frozen=True, slots=True)
class Span:
    """The days that a text may name: the same one twice when it names a day."""

    first: date
    last: date


def read(text: str) -> Span | None:
    """The day, the month or the year that `text` names; None for what names none or several."""
    if len(text) > MAX_TEXT:
        return None
    plain = _without_clock(fold(text))
    months = {NAMES[name] for name in _NAME.findall(plain)}
    rest = _NAME.sub(" ", plain)
    figures = [int(one) for one in re.findall(r"\d+", rest)]
    words = set(re.findall(r"[^\W\d_]+", rest))
    if len(months) > 1 or len(figures) > 3 or not words <= _FILLERS:
        return None
    try:
        if months:
            return _with_name(figures, months.pop())
        return _of_figures(figures, dotted=bool(re.search(r"\d\s*\.\s*\d", rest)))
    except ValueError:  # 31 February, or a year that no badge can be of
        return None


def fold(text: str) -> str:
    """The same letters for every way to write a word: no case, no accents, plain figures."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    bare = unicodedata.normalize("NFC", MARKS.sub("", apart)).replace("ı", "i")
    figures = (str(unicodedata.digit(c)) if c.isdigit() else c for c in bare)
    return " ".join("".join(figures).split())


def _names() -> Iterator[tuple[str, int]]:
    for words in MONTHS.values():
        for number, spellings in enumerate(words.split(), 1):
            for spelling in spellings.split("|"):
                yield fold(spelling.replace("_", " ")), number


NAMES: Mapping[str, int] = dict(_names())
_FILLERS = frozenset(word for filler in FILLERS.split() for word in fold(filler).split("."))
# The longest first: "thang 1" is the start of "thang 12". Hebrew writes its "in" as one word
# with what follows.
_NAME = re.compile(
    rf"(?<!\w)ב?({'|'.join(map(re.escape, sorted(NAMES, key=len, reverse=True)))})(?!\w)"
)


def _without_clock(plain: str) -> str:
    """The date alone, of a date with a time of day; and Chinese dates with blanks in them."""
    spaced = re.sub(r"(?<=\d)\s*월|(?<=\d)\s*月|[年日号號년일]", " ", plain)
    return CLOCK.sub(" ", re.sub(r"(?<=\d)t(?=\d)", " ", spaced))


def _with_name(figures: list[int], month: int) -> Span | None:
    days = [one for one in figures if one <= 31]
    years = [one for one in figures if one > 31]
    if len(years) != 1 or len(days) > 1:
        return None
    return _day(years[0], month, days[0]) if days else _month(years[0], month)


def _of_figures(figures: list[int], *, dotted: bool) -> Span | None:
    match figures:
        case [year]:
            return Span(date(_year(year), 1, 1), date(_year(year), 12, 31))
        case [year, month] if year > 31:
            return _month(year, month)
        case [month, year]:
            return _month(year, month)
        case [year, month, day] if year > 31:
            return _day(year, month, day)
        case [day, month, year] if dotted or day > 12:
            return _day(year, month, day)
        case [month, day, year] if day > 12:
            return _day(year, month, day)
        case [one, other, year]:
            both = date(_year(year), one, other), date(_year(year), other, one)
            return Span(min(both), max(both))
    return None


def _year(figure: int) -> int:
    """The year in our count; the Thai one is 543 ahead. Raises ValueError."""
    year = figure - 543 if figure in THAI_YEARS else figure
    if year not in YEARS:
        raise ValueError(f"{figure} is no year of a badge")
    return year


def _day(year: int, month: int, day: int) -> Span:
    found = date(_year(year), month, day)
    return Span(found, found)


def _month(year: int, month: int) -> Span:
    first = date(_year(year), month, 1)
    return Span(first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))
