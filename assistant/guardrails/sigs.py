"""The words of prescriptions: strengths, tablets, frequencies, lengths, quantities, as patterns over folded text.

Only finds and converts single elements. `regimen.py` puts them together; what is too much is decided in `dose.py`.
"""

from __future__ import annotations

import re

from assistant.quantities import number

WORD = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fourteen|fifteen|twenty|thirty|forty|sixty|ninety"
)
N = rf"(?:\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+|(?:{WORD})\b)"
TO = r"(?: ?- ?| to | or )"
MASS = r"(?:mg|mgs|milligrams?|milligrammes?|g|gm|gms|grams?|grammes?|mcg|ug|micrograms?)\b"
TABLET = r"(?:tablets?|tabs?|caps(?:ules?)?|pills?|caplets?|t(?=\b)|tablet)\b"
DAY = r"(?:day|d|24 ?-?h(?:ours?|rs?|r)?(?: period)?|diem)\b"

ELEMENT = re.compile(
    # 10/325, 30/500 mg: a combination tablet
    rf"(?<![\d/.])(?P<combo>(?P<c1>\d{{1,2}}(?:\.\d)?)(?: ?mg)? ?/ ?(?P<c2>300|325|500|650)(?: ?mg)?)(?![\d/])"
    # 20 MME/day
    rf"|(?<![\w.])(?P<mme>(?P<m1>{N}) ?(?:mme|ome|morphine (?:milligram )?equivalents?|mg (?:of )?(?:oral )?morphine equivalents?)(?: ?(?:/|per|a) ?{DAY})?)"
    # 400-800 mg, 1 g, with an optional "per day"
    rf"|(?<![\w./])(?P<mass>(?:(?P<k>{N}) ?(?:x|of(?: the)?) ?(?=\d)|(?P<k2>{N}) (?=\d+ ?-?mg[ -](?:(?:\w+ )?{TABLET}|(?:ibuprofen|paracetamol|naproxen|codeine|acetaminophen|nurofen|advil|tylenol|tramadol)\b)))?(?P<a>{N})(?: ?(?P<ua>{MASS}))?(?:{TO}(?P<b>{N}))? ?-?(?P<u>{MASS})(?P<kg>/kg\b)?"
    rf"(?P<tabunit>[ -](?:strength )?{TABLET})?(?P<perday>(?: (?:in )?total)?(?: ?/ ?| (?:per|a|each|every|in|over) (?:any )?){DAY}|(?: total)? daily (?:total|in (?:\w+ )?divided)|(?: total)? daily (?=(?:max|limit|ceiling))| on (?:day (?:one|1)|the first day)\b)?)"
    # three 325s
    rf"|(?P<plural>(?P<p1>{N}) (?:x )?(?:of (?:the )?)?(?P<p2>\d{{2,4}})'?s\b)"
    # two tablets, 1-2 tabs
    rf"|(?<![\w./])(?P<tabs>(?P<t1>{N}|i{{1,3}}(?= (?:tabs?|po|caps)))(?:{TO}(?P<t2>{N}))? ?(?:of (?:them|these|those|the)|(?:extra|regular|double|maximum)[- ]strength\b|{TABLET}|patch(?:es)?\b|sprays?\b|(?<=one|two)(?= (?:every|each|q ?\d|twice|three times|four times|tds|qds|bd|tid|qid|bid)\b))(?P<tabsday>(?: ?/ ?| (?:per|a|each|in|every) (?:any )?){DAY}|(?: total)? daily max)?)"
    # every 4-6 hours, q6h
    rf"|(?<![\w])(?P<every>(?:q ?\.?|every |each )(?P<h1>{N})(?:{TO}(?P<h2>{N}))? ?-?(?:hourly|hours?|hrs?|h|°)(?!\w))"
    rf"|(?<![\w.])(?P<hourly>(?P<y1>{N})(?:{TO}(?P<y2>{N}))?[ -]?(?:hourly|hrly)\b)"
    # three times a day, 4x/day, up to 5 times daily
    rf"|(?<![\w.])(?P<times>(?P<f1>{N}|once|twice|thrice)(?:{TO}(?P<f2>{N}|twice))? ?(?:times|x|doses)? ?(?:/|a|per|each|every|in|daily|over)? ?(?:{DAY}|daily|(?<=daily)))"
    r"|(?<![\w])(?P<abbr>b\.?i\.?d\b\.?|t\.?i\.?d\b\.?|q\.?i\.?d\b\.?|t\.?d\.?s\b\.?|q\.?d\.?s\b\.?|b\.?d\b\.?|q\.?d\b\.?|o\.?d\b\.?|q ?hs\b|h\.?s\b|qam\b|qpm\b|nocte|mane|nightly"
    r"|every (?:other|second) day|on alternate days|every (?:day|night|morning|evening)|each (?:day|night|morning|evening)|(?:at|before) (?:night|bedtime|bed)|in the (?:morning|evening)|at (?:breakfast|lunch|dinner)"
    r"|morning and (?:night|evening)|with (?:each|every) meal|with meals|once weekly|(?:every|once a|per) week|(?:once )?daily|once a day|a day(?= (?:for|x)\b)|per day)(?![\w-])"
    # for 6 weeks, x5d, 5/7, six-week course, over 3 weeks
    rf"|(?<![\w.])(?P<length>(?:(?:for|x|over|during|lasting|of|next|course:?|supply:?|duration:?|continue)? ?(?:about |around |up to |at least |a further |another |a total of |the next |the )?)"
    rf"(?:(?P<l1>{N}|an?|several|a few|few|a couple of|couple of)(?:{TO}(?P<l2>{N}))?[ -]?(?P<lu>days?|(?<![a-z])d|nights?|weeks?|wks?|(?<![a-z])w|months?|(?<![a-z])mos?|mths?|(?<![a-z])m|years?|yrs?)\b|(?P<s1>\d{{1,2}})(?: ?- ?(?P<s2>\d{{1,2}}))?/(?P<sd>7|52|12)\b)(?![- ](?:old|ago|history|pregnan))(?:-? ?(?P<supply>course|supply|trial|script|prescription))?)"
    # #120, dispense 90, 3 refills
    rf"|(?P<refills>(?:(?P<r1>{N}) ?(?:refills?|repeats?|rf)\b|(?:refills?|repeats?|rf) ?:?(?: ?x)? ?(?P<r2>{N})))"
    rf"|(?P<qty>(?:# ?|(?:dispense|disp|qty|quantity|supply)[:.]? ?(?:of )?#? ?)(?P<q1>\d{{1,3}})\b)"
    # bare number: a strength right after the drug's name
    r"|(?<![\w./,#-])(?P<bare>(?P<n1>\d{1,4}(?:\.\d)?)(?:-(?P<n2>\d{1,4}(?:\.\d)?))?)(?![\w/.%,-]|:(?! )|\.\d| ?(?:%|years?|y/?o|refills?|days?|weeks?|wks?|months?|hours?|hrs?|times|x ?/|ml|kg|tablets?|tabs?|caps))"
)
EXCESS_BEFORE = re.compile(
    r"(?:\b(?:above|over|exceed(?:s|ing|ed)?|more than|greater than|beyond|higher than|in excess of|past|larger than|bigger than|than|from|down from|instead of|rather than)|>=?) ?"
    r"(?:the |a |an |about |of |maximum |max |daily |total |dose |doses |limit |ceiling |recommended |his |her |their |current )*$"
)
CAP_BEFORE = re.compile(
    r"(?:\b(?:max(?:imum)?|(?:not|without|never) (?:to )?exceed(?:ing)?|never exceed|(?:do not|don't) (?:exceed|take more than|go (?:over|above))|no more than|not more than|up to(?: a (?:max(?:imum)?|total) of)?|at most|ceiling|limit(?:ed)?|cap(?:ped)?|under|less than|below)|<=?) ?"
    r"(?:daily |dose |total |single |per day |is |of |to |at |a |about |: ?|the |recommended |adult |oral |out |her |him |it |them |stay |keep |safe |= ?|of [a-z-]+ |for [a-z-]+ (?=is ))*$"
)
PER_DAY_LATER = re.compile(
    r" (?:of )?(?:oral )?(?!once|twice|thrice|times|three|four|five|six|daily|dose)[a-z-]+ (?:a|per|each|in any|in) (?:day|24)"
)
SIG_NEXT = re.compile(
    r" ?(?:every|q ?\d|once|twice|three|four|five|six|\d|b\.?i\.?d|t\.?i\.?d|q\.?i\.?d|bd|tds|qds|daily|at night|nightly|po\b|orally|by mouth)"
)
COUNT_BEFORE = re.compile(rf"(?:^|[ ,(])({WORD}|[1-9]\d?) (?:x )?$")
FIRST_DAY = re.compile(
    r"\b(?:first|initial|loading|load|stat|starting|then|on day (?:1|one)|day (?:1|one)|once|first day)\b"
)
RISE = re.compile(
    r"\b(?:increas\w*|titrat\w*|go(?:ing)? up|up-?titrat\w*|escalat\w*|doubl\w*|rais\w*|rise|step(?:ped|ping)? up|build\w* up|work up|up to)\b[^.;]{0,40}$"
)
SUM = re.compile(
    r"[ ,()]*(?:(?:and|plus|\+|also|another|a further|additional|again|tablets?|tabs?|po|orally|by mouth|in the (?:morning|evening)|at (?:night|noon|bedtime|lunch)|with (?:breakfast|lunch|dinner))[ ,()]*)*"
)
THEN = re.compile(
    r"\b(?:then|followed by|or|if|to|increas\w*|reduc\w*|after|until|down|later|next|subsequently|thereafter|titrat\w*|taper\w*|alternativ\w*)\b"
)
ABBR = {"b": 2.0, "t": 3.0, "q": 4.0}
LENGTHS = {"d": 1.0, "n": 1.0, "w": 7.0, "m": 30.0, "y": 365.0}


KINDS = (
    "combo",
    "mme",
    "mass",
    "plural",
    "tabs",
    "every",
    "hourly",
    "times",
    "abbr",
    "length",
    "refills",
    "qty",
    "bare",
)
SIG_STARTS = (
    "bid",
    "tid",
    "qid",
    "bd",
    "tds",
    "qds",
    "q",
    "mg",
    "once",
    "twice",
    "three",
    "daily",
    "at",
    "x",
    "nightly",
    "for",
    "every",
    "b.i",
    "t.i",
    "hs",
)
NOT_COURSE_AFTER = re.compile(
    r"^ ?(?:ago|old|history|hx|later|(?:post|after|before|into|pregnan\w*|gestation)\b|follow-?up|review|apart|(?:of|with) (?:pain|symptoms|lbp|back|sciatica|leg|conservative|physio\w*|pt\b|exercise)"
    r"|(?:duration|course) of (?:pain|symptoms))"
)
NOT_COURSE_BEFORE = re.compile(
    r"\b(?:review(?:ed)?|follow-?up|reassess|return|see|seen|come back|recheck|back|f/u|within|in|past|last|previous|since|lasting|ago|every|after|pain|symptoms|lbp|sciatica|improve\w*|better|wait|least|next appointment|gap|separate|over|under|than|until|before|by)"
    r"(?: (?:in|within|at|the|for|about|again|him|her|them|after|every|more|less))* ?$"
)


def not_a_course(text: str, e: re.Match[str], before: str, after: str) -> bool:
    """Whether a stretch of time is not the length of a course: a review date, an age, how long the pain has lasted."""
    written = e.group()
    if NOT_COURSE_AFTER.search(after):
        return True
    if re.match(r" ?(?:for|x|continue|supply|course|next|of)\b", written) or e["supply"]:
        return (
            re.search(
                r"\b(?:pain|symptoms?|lbp|sciatica|ache|spasms?|review|reassess|follow-?up|hurting|suffering|had)\b(?: (?:again|him|her|them|has lasted))? ?$",
                before,
            )
            is not None
        )
    return NOT_COURSE_BEFORE.search(before) is not None


def days_of(e: re.Match[str]) -> float | None:
    if e["s1"]:
        return number(e["s2"] or e["s1"]) * {"7": 1.0, "52": 7.0, "12": 30.0}[e["sd"]]
    word = e["l2"] or e["l1"]
    few = {"a": 1.0, "an": 1.0, "several": 3.0, "a few": 3.0, "few": 3.0, "a couple of": 2.0, "couple of": 2.0}
    return (few[word] if word in few else number(word)) * LENGTHS[e["lu"][0]]


def mass_factor(unit: str) -> float:
    return 1000.0 if unit[0] == "g" else 0.001 if unit.startswith(("mcg", "ug", "micro")) else 1.0
