"""Surface forms of numbers, units, frequencies and comparators: the tables that `assistant/quantities.py` scans with.

Data and compiled patterns only; finding and normalising is left to `quantities.py`.
"""

from __future__ import annotations

import re

ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
WORDS = {w: float(i) for i, w in enumerate(ONES)} | {w: 10.0 * (i + 2) for i, w in enumerate(TENS)}
SCALES = {"hundred": 100.0, "thousand": 1e3, "million": 1e6, "billion": 1e9}

SP = r"[ \t\n\u00a0\u2009\u202f]"
DASH = r"[-\u2010-\u2014\u2212]"
_I = re.IGNORECASE
_SCALE = rf"(?:{SP}(?:hundred|thousand|million|billion)\b)"
_DIGITS = r"\d{1,3}(?: 000)+(?!\d)|\d{1,3}(?:[,\u00a0\u2009\u202f]\d{3})+(?!\d)(?:\.\d+)?|\d{1,12}(?:[.\u00b7]\d{1,12})?(?!\d)|(?<![\d.])\.\d{1,12}(?!\d)"
_ONE_WORD = "|".join(sorted(ONES + TENS, key=len, reverse=True))
_WORD = rf"(?:{'|'.join(TENS)})(?:{DASH}|{SP})(?:{'|'.join(ONES[1:10])})|{_ONE_WORD}|an?(?={SP}(?:hundred|thousand|million))"
NUM = rf"(?:(?:{_DIGITS}){_SCALE}?|\b(?:{_WORD}){_SCALE}?(?![A-Za-z]))"
NUM_RE = re.compile(rf"(?<![A-Za-z\d.,_])(?:{NUM})|(?<=[x\u00d7<>=~(\u2264\u2265])(?:{NUM})", _I)
NUM_AT = re.compile(NUM, _I)
SEP_AT = re.compile(rf"{SP}?{DASH}{SP}?|{SP}+(?:up{SP})?to{SP}+(?:about{SP}|as{SP}many{SP}as{SP})?", _I)

AND_AT = re.compile(rf"{SP}+and{SP}+", _I)
OR_AT = re.compile(rf"{SP}+or{SP}+", _I)
TIME_AT = re.compile(rf"{SP}?(?:days?|weeks?|wks?|months?|years?|hours?|hrs?)\b", _I)
BETWEEN = re.compile(rf"\bbetween{SP}+(?:about{SP})?$", _I)

UNITS: dict[str, tuple[str, float, str]] = {}
"""Lower-case surface form -> (canonical unit, factor to it, kind)."""


def _unit(kind: str, canonical: str, factor: float, forms: str) -> None:
    for form in forms.split("|"):
        UNITS[form] = (canonical, factor, kind)


_unit("dose", "mg", 1, "mg|mgs|milligram|milligrams|milligramme|milligrammes")
_unit("dose", "mg", 1000, "g|gm|gms|gram|grams|gramme|grammes")
_unit("dose", "mg", 0.001, "mcg|ug|\u00b5g|\u03bcg|microgram|micrograms")
_unit("dose", "MME", 1, "mme|mmes|morphine milligram equivalents|morphine milligram equivalent|ome")
_unit("dose", "mg/kg", 1, "mg/kg")
_unit("volume", "mL", 1, "ml|mls|cc|millilitre|millilitres|milliliter|milliliters")
_unit("volume", "mL", 1000, "l|litre|litres|liter|liters")
_unit(
    "clearance", "mL/min", 1, "ml/min/1.73 m2|ml/min/1.73m2|ml/min/1.73 m\u00b2|ml/min/1.73m\u00b2|ml/min|ml per minute"
)
_unit("concentration", "mg/L", 1, "mg/l")
_unit("concentration", "mg/L", 10, "mg/dl")
_unit("concentration", "g/L", 1, "g/l")
_unit("concentration", "g/L", 10, "g/dl")
_unit("concentration", "mmol/L", 1, "mmol/l")
_unit("concentration", "/uL", 1, "/ul|/\u00b5l|/\u03bcl|/mm3")
_unit("rate", "mm/h", 1, "mm/h|mm/hr|mm/hour|mm per hour")
_unit("pressure", "mmHg", 1, "mmhg|mm hg")
_unit("percent", "%", 1, "%|percent|per cent|percentage points|percentage point")
_unit("length", "mm", 1, "mm|millimetre|millimetres|millimeter|millimeters")
_unit("length", "mm", 10, "cm|centimetre|centimetres|centimeter|centimeters")
_unit("length", "mm", 1000, "m|metre|metres|meter|meters")
_unit("weight", "kg", 1, "kg|kgs|kilo|kilos|kilogram|kilograms")
_unit("weight", "kg", 0.45359237, "lb|lbs|pound|pounds")
_unit("temperature", "C", 1, "\u00b0c|\u00bac|\u00b0 c|c|degrees c|degrees celsius|celsius|deg c")
_unit("temperature", "F", 1, "\u00b0f|\u00baf|\u00b0 f|f|degrees f|degrees fahrenheit|fahrenheit|deg f")
_unit("duration", "day", 1 / 1440, "minute|minutes|min|mins")
_unit("duration", "day", 1 / 24, "hour|hours|hr|hrs|h")
_unit("duration", "day", 1, "day|days|d")
_unit("duration", "day", 7, "week|weeks|wk|wks|w")
_unit("duration", "day", 14, "fortnight|fortnights")
_unit("duration", "day", 30, "month|months|mo|mos|mth|mths")
_unit("duration", "day", 365, "year|years|yr|yrs|y")
_unit("score", "point", 1, "point|points|pts")
_unit("factor", "x", 1, "fold|times|x|\u00d7")
_FORMS = "|".join(re.escape(u).replace(r"\ ", SP) for u in sorted(UNITS, key=len, reverse=True))
UNIT_AT = re.compile(
    rf"(?:{SP}|{DASH}{SP}?(?=[A-Za-z]))?(?P<u>{_FORMS})(?![A-Za-z0-9\u00b5\u03bc\u00b2/]|{DASH}[a-z]*\d)"
    rf"|(?:{SP}|{DASH}(?=[A-Za-z]))?(?P<v>{_FORMS})(?=/{SP}?(?:day|d|24|week|wk|kg|h|hr|dose|month)\b)", _I,
)  # fmt: skip
PER_AT = re.compile(
    rf"{SP}?(?:/|per\b|an?\b|each\b|in(?:{SP}any)?\b|over\b){SP}?(?P<per>24{SP}?{DASH}?(?:hours?(?:{SP}period)?|hrs?|h)\b|day\b|d\b|week\b|wk\b)"
    rf"|{SP}per{SP}(?P<diem>diem)\b", _I,
)  # fmt: skip

# look like numbers and are names: vertebrae and roots, recommendation numbers, trial, gene and edition names
PROTECTED = re.compile(
    rf"(?-i:\b[CTLS])\d{{1,2}}(?![\d.%])(?:{SP}?(?:{DASH}|/|to|and){SP}?[CTLS]?\d{{1,2}}(?![\d%]))*\b"
    rf"|\b\d+(?:\.\d+){{2,}}(?:{DASH}\d+)?\b|\b24/7\b|\bHLA{DASH}?B\d+\b"
    rf"|(?-i:\b(?!(?:PVR|CRP|ESR|GFR|WBC|WCC|BP|HR)\d)[A-Z]{{2,}}\d[A-Z\d]*\b)"
    rf"|\b(?:COX|alpha|beta|omega|type|schedule|variant|recommendations?|items?|table|step|sidebar|phase|section|version){DASH}?{SP}?\d+(?:\.\d+)*(?:{DASH}\d+)?\b"
    rf"|\bvitamin{SP}B\d*\b",
    _I,
)
LABELLED = re.compile(r"\b(?:PVR|CRP|ESR|eGFR|GFR|WBC|WCC|T|BP|HR|Hb|x|q|age|aged)(?=\d)", _I)
YEAR = re.compile(r"(?:1[89]|20)\d\d")

PERIODS = {
    "day": 1.0,
    "daily": 1.0,
    "d": 1.0,
    "week": 7.0,
    "weekly": 7.0,
    "wk": 7.0,
    "month": 30.0,
    "monthly": 30.0,
    "year": 365.0,
    "fortnight": 14.0,
}
FREQ_WORDS = {
    "once": 1.0, "twice": 2.0, "thrice": 3.0, "bid": 2.0, "bd": 2.0, "tid": 3.0, "tds": 3.0, "qid": 4.0, "qds": 4.0, "qd": 1.0, "od": 1.0, "qhs": 1.0,
    "nocte": 1.0, "mane": 1.0, "hs": 1.0, "nightly": 1.0, "daily": 1.0, "at night": 1.0, "at bedtime": 1.0, "every morning": 1.0, "every night": 1.0,
    "each night": 1.0, "each morning": 1.0, "every day": 1.0, "each day": 1.0, "every other day": 0.5, "on alternate days": 0.5, "morning and evening": 2.0,
}  # fmt: skip
_TO = rf"(?:{SP}?{DASH}{SP}?|{SP}(?:to|or){SP})"
FREQ_TIMES = re.compile(
    rf"(?:(?P<w>once|twice|thrice)(?:{_TO}(?P<w2>twice|thrice|(?:{NUM}){SP}times))?|(?<![\d.,])(?P<n>{NUM})(?:{_TO}(?P<m>{NUM}))?{SP}?(?:times|x|\u00d7|days|nights|sessions|doses)){SP}?"
    rf"(?:(?:/|\ba\b|\ban\b|\bper\b|\beach\b|\bevery\b|\bin\b|\bof{SP}the\b){SP}?)?(?P<p>(?:(?:the{SP})?24{SP}?h(?:ours?|rs?)?|daily|day|d|weekly|week|wk|monthly|month|fortnight|year))\b", _I,
)  # fmt: skip
FREQ_EVERY = re.compile(
    rf"(?:\bq\.?{SP}?|\bevery{SP}|\b(?:(?:one|once|a){SP})?each{SP})(?P<n>{NUM})(?:{_TO}(?P<m>{NUM}))?{SP}?{DASH}?(?P<u>hourly|hours?|hrs?|hrly|h|days?|d|weeks?|wks?|months?|minutes?|mins?)(?![A-Za-z])"
    rf"|(?<![\w.])(?P<n2>{NUM})(?:{_TO}(?P<m2>{NUM}))?{SP}?{DASH}?(?P<u2>hourly|hrly)\b", _I,
)  # fmt: skip
FREQ_DIVIDED = re.compile(
    rf"\b(?:in|as|into){SP}(?P<n>{NUM})(?:{_TO}(?P<m>{NUM}))?{SP}(?:equal(?:ly)?{SP})?(?:divided{SP})?doses\b", _I
)
FREQ_ABBR = re.compile(
    r"(?<![\w-])(?:b\.i\.d\.?|t\.i\.d\.?|q\.i\.d\.?|t\.d\.s\.?|q\.d\.s\.?|b\.d\.|q\.d\.|o\.d\.|bid|tid|qid|tds|qds|bd|qhs|qd|nocte|mane|nightly|at night|at bedtime"
    r"|every other day|on alternate days|(?:every|each) (?:day|night|morning)|morning and evening)(?![\w-])", _I,
)  # fmt: skip
FREQ_DAILY = re.compile(
    rf"(?P<before>\d{SP}?(?:mg|g|mcg|ml|grams?|milligrams?|micrograms?)|\b(?:tablets?|capsules?|patch|dose|doses|taken|used|applied|given|gel|release)){SP}(?P<w>daily|od|hs|once(?={SP}at))(?=[\s,.;:)]|$)", _I,
)  # fmt: skip
PRN = re.compile(
    r"\b(?:prn|p\.r\.n\.?|as needed|as required|when required|when needed|if needed|if required)(?!\w)", _I
)
SLASH = re.compile(
    rf"(?<![\d/.\w])(?:x{SP}?)?(?P<n>\d{{1,2}})(?:{DASH}(?P<m>\d{{1,2}}))?/(?P<d>7|52|12)(?![\d/]|{SP}?(?:people|patients|months))"
)
SLASH_DAYS = {"7": 1.0, "52": 7.0, "12": 30.0}
SCORE = re.compile(r"(?<![\d/.])(?P<n>\d+(?:\.\d+)?)[+-]?/(?P<d>5|10|24|100)(?![\d/])")
ONE_IN = re.compile(
    rf"(?<![\w.])(?P<n>{NUM}){SP}in{SP}(?:every{SP})?(?P<d>{NUM})(?![\w.%]|{SP}?(?:mg|hours?|h|days?|weeks?|months?|years?|trials?|patients|people)\b)",
    _I,
)
FRACTION = re.compile(
    r"\b(?:(?P<n>one|a|two|three)[ -])?(?P<d>half|halves|thirds?|quarters?)\b(?![ -](?:line|party|visit|review|time|life|lives|person|day|step))",
    _I,
)
FRACTIONS = {"hal": 2.0, "thi": 3.0, "qua": 4.0}
A_UNIT = re.compile(
    rf"\b(?:(?P<half>half{SP}an?)|an?|one|the{SP}(?:first|last)|first|last){SP}(?P<u>day|week|fortnight|month|year|hour)\b(?!{SP}old|{DASH})",
    _I,
)
A_UNIT_BEFORE = re.compile(
    rf"\b(?:for|in|within|after|over|under|about|around|at|by|than|every|of|to|least|every|most|up){SP}$", _I
)
FOLD = re.compile(r"\b(?P<n>two|three|four|five|six|ten)-?fold\b", _I)

_BEFORE = [
    ("<=", r"no more often than|no more than|not more than|never more than|no longer than|not to exceed|not (?:above|over|beyond|go above|go over|be above)"
           r"|(?:never|not|without|must not|should not) exceed(?:s|ing|ed)?|at most|at the most|up to|as (?:many|much|long) as|(?<!below )(?<!under )(?:daily )?maxim(?:um|a)(?: daily)?(?: dose)?(?: are| is)?(?: of)?"
           r"|max(?:\.|:| of)?|\u2264|<=|no later than|within|limit(?:ed|s)?(?: \w+){0,3} to|cap(?:ped|s)?(?: \w+){0,4} at|(?:ceiling|limit)(?: dose)?(?: of| is| at)?|at or (?:below|under)"
           r"|not? (?:higher|greater|larger) than|stops? at|no \w+ (?:above|over|beyond)"),
    (">=", r"at least|no (?:less|fewer|earlier) than|not (?:less|fewer) than|minimum(?: of)?|\u2265|>=|not (?:below|under)|at or (?:above|over)"),
    ("<", r"under|(?:less|fewer|shorter|younger|lower|smaller|earlier) than|below|<|before"),
    (">", r"over|(?:more|greater|longer|older|higher|larger|later) than|above|exceed(?:s|ing|ed)?|>|after|beyond|past|in excess of"),
    ("~", r"about|approximately|approx\.?|around|roughly|some|nearly|almost|circa|~|\u2248"),
]  # fmt: skip
BEFORE = [
    (
        op,
        re.compile(
            rf"(?:(?<![\w-])|(?=[<>\u2264\u2265~\u2248]))(?:{p})(?:{SP}(?:the{SP}|an?{SP})?(?:ages?|e?GFR|CrCl|creatinine{SP}clearance|CRP|ESR|BMI|temperature|dose)(?:{SP}of)?)?(?:{SP}(?:about|a|an|the|around))?{SP}?$",
            _I,
        ),
    )
    for op, p in _BEFORE
]
AFTER = [
    (">=", re.compile(rf"(?:{SP}years?)?(?:{SP}(?:or|and){SP}(?:more|over|above|older|longer|upwards?|greater|later|higher)\b|\+(?!\d)|{SP}(?:plus|upwards)\b)", _I)),
    ("<=", re.compile(rf"(?:{SP}years?)?(?:{SP}(?:or|and){SP}(?:less|fewer|below|under|younger|shorter|lower|earlier)\b|{SP}(?:max(?:imum)?\b|at most|as the ceiling))", _I)),
]  # fmt: skip

_CMP = r"(?:over|under|above|below|before|from|between|at least|up to|about|older than|younger than|less than|more than|at or over|at|of|is|was|[<>\u2264\u2265]=?)"
AGE_STRICT = re.compile(
    rf"(?:\bage[ds]?\b(?:{SP}{_CMP}){{0,2}}|\b(?:over|under|before|after|to|by|at|above|below|beyond){SP}(?:the{SP})?age(?:{SP}of)?){SP}?$",
    _I,
)
AGE_GROUP = re.compile(
    rf"\b(?:men|women|people|patients|adults?|persons?|anyone|someone|those|man|woman|child|children|onset|tool|cover(?:s|ing)?)"
    rf"(?:{SP}(?:of|aged|who are|in))?(?P<cmp>{SP}(?:over|under|above|below|before|at least|older than|younger than)|{SP}?[<>\u2264\u2265]=?)?{SP}?$", _I,
)  # fmt: skip
AGE_AFTER = re.compile(
    rf"(?:{DASH}|{SP})?(?:years?|yrs?|y)?(?:{DASH}|{SP})?(?:old\b|of{SP}age\b|olds\b)|{SP}?y/?o\b|(?<=\d)s\b", _I
)
AGE_OP_AFTER = re.compile(rf"(?:{SP}years?)?{SP}(?:or|and){SP}(?:older|over|younger|under|above)\b", _I)
GFR_BEFORE = re.compile(r"\b(?:e?gfr|crcl|clearance)\b[^.;0-9]{0,24}$", _I)
TEMP_BEFORE = re.compile(r"\b(?:temp|temperature|fever|febrile|t)\b[^.;0-9]{0,16}$", _I)
