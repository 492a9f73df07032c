"""How strongly a clause speaks, and what it denies: must, should, consider, no recommendation, should not, must not.

Words only: which clause of the evidence a claim is held against is left to `compare.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MUST, SHOULD, CONSIDER, OPEN, UNNEEDED, SUGGEST_NOT, SHOULD_NOT, MUST_NOT = 3, 2, 1, 0, -9, -1, -2, -3
WORDS = {
    MUST: "must", SHOULD: "should", CONSIDER: "may or consider", OPEN: "no recommendation either way", UNNEEDED: "not needed",
    SUGGEST_NOT: "suggests against", SHOULD_NOT: "should not", MUST_NOT: "must not",
}  # fmt: skip

_DONE = (
    r"(?:be |been )?(?:routinely |usually |generally )?(?:offer|us|consider|given?|recommend|prescrib|advis|order|perform|combin|obtain|do|request|suggest|tak|start|stop|"
    r"decid|cover|includ|exceed|appl|delay|assum|diagnos|cited|tried|try|regard|allow|continu|repeat|plac|plan|add|shown?|stated?|reassur)\w*"
)
# In order; each takes its words away from the next. (level, pattern, epistemic)
_CUES: tuple[tuple[int, str], ...] = (
    (OPEN, r"(?:neither|either) (?:for (?:n?or) against|way|direction)|for or against|no recommendation|(?:makes?|made|given?|received?) no (?:\w+ )?recommendation"
           r"|evidence (?:\w+ ){0,4}(?:is|was|to be|were|remains?|as)? ?(?:insufficient|inconclusive|too little|lacking|unclear)|insufficient evidence|inconclusive|too little evidence|no direction"
           r"|could (?:not|neither) recommend|cannot (?:be recommended for|recommend for)|none may be stated|not enough evidence"),
    (UNNEEDED, r"(?:is|are|was|were|be)?n[o']t (?:be )?(?:need(?:ed)?|necessary|required|essential)\b|(?:do|does) not (?:need|require|have to)|need(?:s)? no\b|no need|need not|may not (?:need|be needed|require)"
               r"|unnecessary|without (?:the )?need"),
    (SUGGEST_NOT, r"suggest(?:s|ed|ion)? against|weak(?:ly)? (?:recommendation )?against|conditional(?:ly)? (?:recommendation )?against|is not suggested|are not suggested|not suggested"
                  r"|weak recommendations? against"),
    (MUST_NOT, r"must (?:not|never)|never (?:be )?\w+|contra-?indicat\w+|(?:is|are) (?:prohibited|forbidden)|under no circumstances|cannot be (?:given|combined|prescribed)|may not be (?:given|combined|used)"),
    (SHOULD_NOT, r"strong(?:ly)? recommend(?:ation)?s? against|(?:advis\w+|recommend\w*|caution\w*|warn\w*|argu\w+|decid\w+|counsel\w*|directed) (?:\w+ ){0,2}against|against (?:the )?(?:routine )?(?:use|using|offering)"
                 r"|(?:should|ought) not|shouldn't|(?:do|does) no(?:t)? (?:routinely )?(?:offer|use|give|order|recommend|advise|prescribe|let|image|perform|obtain|combine|add|start|do|take|exceed|suggest)\b"
                 r"|\bdo(?:n't| not| no)\b|(?:is|are|was|were|be|being|to)? ?n(?:o|')t (?:to )?(?:be )?(?:routinely |generally |usually )?(?:recommended|offered|advised|advisable|appropriate|suggested|used|indicated)\b"
                 r"|avoid\w*|(?:usually )?(?:not appropriate|inappropriate)|discourag\w+|refrain\w*|no place for|no role for|said no to|says? not to|not to (?:be )?\w+|inadvisable|unsuitable|steer clear of|rather than"),
    (CONSIDER, r"should (?:also )?be (?:considered|thought of)|(?:may|might|can|could) (?:also )?(?:be )?(?:considered|offered|used|given|tried|added|recommended|prescribed|chosen|helpful|appropriate|reasonable)"
               r"|consider(?:s|ed|ing|ation)?\b|(?:is|are|as|one) (?:an? )?(?:valid |reasonable )?(?:option|alternative)s?\b|(?:weak|conditional)(?:ly)? recommend(?:ation|ed|s)?(?: for)?|suggest(?:s|ed|ion)? (?:for|considering|that|using|offering)"
               r"|(?:is|are) suggested|(?:think|thinking) (?:of|about)|reasonable to|worth (?:considering|trying)|bear in mind|allows?|optional"),
    (MUST, r"must|(?:is|are|be) (?:mandatory|required|essential|obligatory|compulsory)|requir(?:es|ed|ing)|mandat\w+|always|(?:has|have) to\b|strong(?:ly)? recommend(?:ation|ed|s)?(?: for)?|imperative|is vital"),
    (SHOULD, r"should|ought to|recommend(?:s|ed|ation|ations)?|(?:is|are) (?:to be|advised|indicated|needed|usually appropriate|offered|preferred)|advis(?:es|ed)|(?:needs?|calls? for|asks? for|wants?)\b|urg(?:es|ed)"
             r"|first choice"),
    (CONSIDER, r"\b(?:may|might|can|could)\b"),
)  # fmt: skip
_CUE_RES = [(level, re.compile(rf"(?<![\w-])(?:{pattern})(?![\w])", re.IGNORECASE)) for level, pattern in _CUES]

_VERBS = (
    "offer use give take keep tell ask check assess image refer start begin stop reduce limit reserve defer promote advise encourage explain review reassess "
    "re-evaluate reevaluate test choose allow follow exclude record monitor halve leave scan add let call immobilise immobilize arrange prescribe treat taper watch match "
    "look know make suspect measure examine provide recommend teach warn inform discuss support stop withhold obtain order perform plan deliver help identify select aim apply "
    "wait hold restrict confine order request send search screen inspect weigh base put repeat carry continue lower raise respond manage sort build share agree set do"
).split()
_IMPERATIVE = re.compile(
    rf"^\W*(?:(?:[^:;]{{0,90}}[:\u2013-] ?|(?:in|for|if|when|with|at|before|after|during|on|from|among|once|where|as|outside|unless|within)\b[^,;:]{{2,110}},\s?|\w+ \d{{4}}:? )(?:also |then |only )?)?"
    rf"(?:(?:also|then|always|routinely|only|and|please|instead|otherwise|first|next|usually|generally) )?(?P<verb>{'|'.join(_VERBS)})\b(?! of\b| is\b| are\b| was\b|s\b)", re.IGNORECASE,
)  # fmt: skip
_HEDGE = re.compile(
    r"(?<![\w-])(?:may|might|could|possib(?:ly|le)|probab(?:ly|le)|perhaps|appears?|seems?|suggest(?:s|ed|ing)?|unclear|uncertain|likely|potential(?:ly)?|tend(?:s|ed)? to|not clearly|can|hint|about|thought to"
    r"|chance|risk of|sometimes|often|usually|some)(?![\w])", re.IGNORECASE,
)  # fmt: skip
_STRONG_HEDGE = re.compile(r"(?<![\w-])(?:may|might|could|possibly|probably|perhaps|unclear|uncertain)(?! (?:be )?(?:considered|offered|used|given|tried|added))(?![\w])", re.IGNORECASE)

_PSEUDO = re.compile(
    r"no (?:more|less|fewer|later|longer|earlier|more often) than|not (?:more|less|fewer|only|just|necessarily|merely|above|below|over|under|exceed\w*|to exceed)\b|whether or not|with or without|if not|no doubt|no single"
    r"|\bnon[- ]\w+|no[- ]red[- ]flags?|without (?:red flags?|radiculopathy|sciatica|contrast|and with)", re.IGNORECASE,
)  # fmt: skip
_NEGATION = re.compile(
    r"(?<![\w-])(?:not|no|none|never|neither|nor|cannot|can't|\w+n't|without|lack(?:s|ed|ing)?|fail(?:s|ed|ing)? to|failed|unable to|absence of|free of|unlikely|unrelated|independent of|little or no|hardly|rules? out|nothing|"
    r"ineffective|inefficacious|unproven|unaffected|unchanged|insensitive|uninformative|fails|refuted?|denies|negligible|unsupported|useless|prevent(?:s|ed) any)(?![\w])", re.IGNORECASE,
)  # fmt: skip
_SCOPE_END = re.compile(r"[,;:.()]|\b(?:but|although|though|whereas|while|because|since|however|yet|except|unless|which|who)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Force:
    """`levels`: strengths that the clause states; `spans`: the words that do; `imperative`: one of them is a bare verb."""

    levels: frozenset[int]
    spans: tuple[tuple[int, int], ...]
    imperative: bool
    hedged: bool
    strong_hedge: bool

    @property
    def negative(self) -> bool:
        return bool(self.levels & {SUGGEST_NOT, SHOULD_NOT, MUST_NOT})


def read_force(text: str) -> Force:
    """Strengths in one clause. Offsets are into `text`."""
    levels: set[int] = set()
    spans: list[tuple[int, int]] = []
    rest = text
    for level, pattern in _CUE_RES:
        for match in pattern.finditer(rest):
            if level == CONSIDER and _epistemic(text, match):
                continue
            levels.add(level)
            spans.append(match.span())
        if spans:
            rest = _blank(text, spans)
    imperative = False
    match = _IMPERATIVE.match(text)
    if match and not any(a < match.end("verb") and match.start("verb") < b for a, b in spans) and not levels & {SHOULD_NOT, MUST_NOT}:
        imperative = True
        levels.add(SHOULD)
    hedged = _HEDGE.search(text) is not None
    return Force(frozenset(levels), tuple(sorted(spans)), imperative, hedged, _STRONG_HEDGE.search(text) is not None)


def _epistemic(text: str, match: re.Match[str]) -> bool:
    """ "may flush the skin", "can cause soreness": a chance, not a recommendation."""
    if match.group().lower() not in ("may", "might", "can", "could"):
        return False
    after = text[match.end() : match.end() + 40].lower()
    return re.match(rf"\s(?:also |only |then |sometimes )?{_DONE}\b", after) is None


def _blank(text: str, spans: list[tuple[int, int]]) -> str:
    chars = list(text)
    for start, end in spans:
        chars[start:end] = "\x00" * (end - start)
    return "".join(chars)


def negated_spans(text: str, force: Force) -> list[tuple[int, int]]:
    """Stretches that a plain negation covers: from the cue to the next comma, "but", "although" ... Those of `force` are not counted."""
    rest = _blank(text, [m.span() for m in _PSEUDO.finditer(text)] + list(force.spans))
    found: list[tuple[int, int]] = []
    for match in _NEGATION.finditer(rest):
        end = _SCOPE_END.search(rest, match.end())
        found.append((match.start(), end.start() if end else len(text)))
    return found
