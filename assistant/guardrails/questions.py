"""Which sentences ask: a question of knowledge, a supposed case, an item that the next sentence answers; and whether a relative is the patient.

What that makes of a mention is left to `assertion.py`.
"""

from __future__ import annotations

from assistant.guardrails.learning import MAKING_NOW, marks_learning, owns_material
from assistant.guardrails.sentences import STOPS, Reading, Sentence

_ASKING = frozenset(
    "what which when how why who where whose is are do does can could should would will did has have shall was were may".split()
)


_WH = frozenset("what which when how why who where whose".split())


_SUBJECTS = frozenset(
    "i we you it there nice acp guidelines patients people a an the any all every each most some these those one doctors gps".split()
)


_TELLING = frozenset("list explain describe define summarise summarize compare outline".split())


_TELLING_ME = frozenset("give tell show name teach remind".split())


_PERSON = frozenset(
    "he she his her him hers my im ive pt patient patients this these hes shes yo yrs aged male female man woman lady gentleman boy girl bloke chap lad guy mr mrs ms mine husband wife".split()
)


_INDEFINITE = frozenset(
    "patient man woman person someone somebody lady gentleman adult one bloke chap girl boy pt".split()
)


_FACTS = frozenset(
    "since yesterday today tonight ago overnight x presented presenting presents came tried seen sent woke started developed noticed".split()
)


_ACTING = frozenset(
    [
        "should i",
        "can i",
        "do i",
        "could i",
        "would you",
        "shall i",
        "must i",
        "may i",
        "am i",
        "will i",
        "need i",
        "should we",
        "can we",
        "do we",
        "what now",
    ]
)


_OWN_BODY = frozenset(
    "have cant cannot feel felt am had get lost just keep woke still noticed wet leak dont didnt couldnt havent".split()
)
_AGE_UNITS = frozenset("m f yo y year yr yrs years y/o".split())
_THIS_ONE = frozenset("patient man woman pt lady gentleman case chap".split())
_TOLD = frozenset("me us three the two four five some all six ten any".split())
_NOUNS = frozenset("difference differences meaning definition prevalence incidence evidence sensitivity specificity maximum max icd code codes snomed cpt".split())
"""Questions without a verb: "Difference between cauda equina and conus?"."""
_PREPOSITIONS = frozenset("in for if at with to under according".split())
_FILLERS = frozenset([",", "-", "•", '"', "(", ":", ".", "\n", ";", "!", "?"]) | frozenset(
    "so and ok okay hi hello please also but well then thanks question q".split()
)


def _specific(words: list[str], first: int, end: int, groups: frozenset[str] = frozenset()) -> bool:
    """Whether tokens speak of one patient: a pronoun, an age, a time of onset, or the writer's own body."""
    for k in range(first, end):
        word = words[k]
        after = words[k + 1] if k + 1 < end else ""
        if word in _FACTS and not (word == "x" and after == "ray"):
            if not (word in ("presents", "presenting") and "how" in words[max(first, k - 9) : k]):
                return True
        if (word == "my" and owns_material(words, k)) or (word == "im" and after in MAKING_NOW):
            continue
        if word in _PERSON and _one_person(word, words[k - 1] if k else "", after, groups):
            return True
        if word == "i" and after in _OWN_BODY:
            return True
        if word.isdecimal() and after in _AGE_UNITS and 1 <= int(word) <= 110:
            return k + 2 >= end or words[k + 2] != "ago"
    return False


_GROUPS = frozenset("older elderly young younger fit healthy middle-aged typical pregnant".split())


def _one_person(word: str, ahead: str, after: str, groups: frozenset[str]) -> bool:
    """ "he", "this man", "the patient" is one person; "a patient", "patients", "this sign" is not."""
    if word in _INDEFINITE and (
        ahead in ("a", "an", "any", "every", "each", "some", "adult", "the") or ahead in groups
    ):
        return word == "patient" and ahead == "the"
    return not (word in ("patients", "these") or (word == "this" and after not in _THIS_ONE))


def speaks_of_one(reading: Reading, sentence: Sentence) -> bool:
    """Whether a sentence speaks of one patient."""
    return _specific(reading.doc.words, sentence.first, sentence.end)


def _is_general(reading: Reading, sentence: Sentence) -> bool:
    """A question of knowledge: asks or tells to explain, ends in a question mark or opens with an asking word, and names no patient."""
    words = reading.doc.words
    first, end = sentence.first, sentence.end
    while first < end and words[first] in _FILLERS:
        first += 1
    learning = first < end and marks_learning(words, first, end)
    if first >= end or _specific(words, first, end, _GROUPS if learning else frozenset()):
        return False
    if learning:
        return True
    opening = first
    if first + 2 < end and ":" in words[first : first + 4]:
        opening += words[first : first + 4].index(":") + 1
    if not _asks(words, opening, end):
        return False
    acts = any(" ".join(words[k : k + 2]) in _ACTING for k in range(first, min(end, first + 8)))
    return not (acts and any(_somebody(words, k) for k in range(first, end)))


def _asks(words: list[str], first: int, end: int) -> bool:
    opening, second = words[first], words[first + 1] if first + 1 < end else ""
    if opening in _TELLING or (opening in _TELLING_ME and second in _TOLD):
        return True
    marked = words[end - 1] == "?"
    if opening in _ASKING:
        return marked or opening in _WH or second in _SUBJECTS
    return marked and (opening in _PREPOSITIONS or opening in _NOUNS)


def _somebody(words: list[str], at: int) -> bool:
    """ "a patient", "someone": with "should I", the asker has one before him."""
    if words[at] in ("someone", "somebody"):
        return True
    return words[at] in _INDEFINITE and at > 0 and words[at - 1] in ("a", "an", "my", "this", "the", "someone")


def _supposes(words: list[str], sentence: Sentence) -> bool:
    first = sentence.first
    if sentence.end - first < 4 or words[sentence.end - 1] == "?":
        return False
    opening, second = words[first], words[first + 1]
    if opening == "should":
        return second not in (
            "i",
            "we",
            "you",
            "have",
            "be",
            "improve",
            "settle",
            "not",
            "this",
            "it",
            "do",
            "take",
            "mobilise",
            "avoid",
            "continue",
            "return",
        )
    return (opening == "were" and second in ("he", "she", "they", "there", "i", "symptoms", "any")) or (
        opening == "had" and second in ("there",)
    )


def mark_questions(reading: Reading) -> None:
    words = reading.doc.words
    total = len(reading.sentences)
    starts = {s.first for s in reading.sentences}
    for number, sentence in enumerate(reading.sentences):
        if sentence.end > sentence.first:
            sentence.question = words[sentence.end - 1] == "?"
            sentence.general = _is_general(reading, sentence)
            sentence.supposed = _supposes(words, sentence)
        if sentence.question and number + 1 < total:
            following = reading.sentences[number + 1]
            at = following.first
            while at < following.end and words[at] in ("\n", "-", "•", ":", "'", '"', ")"):
                at += 1
            if at >= following.end and number + 2 < total:
                at = reading.sentences[number + 2].first
            found = _reluctant(words, at, following.end) or reading.answers.get(at) or (("no", at + 1) if at < len(words) and words[at] in _WELL else None)
            if found is not None and (
                found[1] >= len(words)
                or words[found[1]] in STOPS
                or words[at] in ("yes", "yep", "denies", "denied", "yeah")
                or words[found[1]] in ("but", "-", "to", "he", "she", "'", '"')
                or found[1] in starts
            ):
                sentence.answer = found[0]
        inner = [
            k
            for k in range(sentence.first, min(sentence.end, sentence.first + 80))
            if k in reading.answers and words[k] in ("yes", "no", "y", "n", "nil")
        ]
        if len(inner) >= 2:
            last = sentence.end - 1
            while last > sentence.first and words[last] in STOPS:
                last -= 1
            sentence.postfix = (
                inner[-1] == last
                and inner[0] > sentence.first
                and not any(w in (",", ":", "-") for w in words[sentence.first : sentence.end])
            )


_SOME = frozenset(["a bit", "a little", "slightly", "sometimes", "sort of", "kind of", "now and", "yeah a"])


def _reluctant(words: list[str], at: int, end: int) -> tuple[str, int] | None:
    """ "A bit, yes.": an answer that says yes by the way."""
    said = words[at : min(end, at + 6)]
    if " ".join(said[:2]) in _SOME and ("yes" in said or len([w for w in said if w.isalpha()]) <= 3):
        return "yes", end
    return None


_WELL = frozenset("normal ok okay fine good full intact clear".split())
"""Answers to "Bladder?" that say that all is well."""


_STATES = frozenset(
    "has is cant cannot keeps woke started feels got lost hasnt couldnt developed isnt doesnt can had was".split()
)


_SHORT_STATES = frozenset("on got been having not in gone lost started unable developed numb just".split())
"""After "my mum's", which then stands for "my mum is" or "has"."""


def patient_is_relative(reading: Reading) -> bool:
    """A carer writes of "my husband": then he is the patient, unless another one is described."""
    words = reading.doc.words
    for first, end in reading.relatives[:20]:
        short = reading.doc.slice(first, end - 1).endswith(("'s", "\u2019s")) and words[end : end + 1]
        told = any(w in _STATES for w in words[end : end + 3]) or (short and words[end] in _SHORT_STATES)
        if first and words[first - 1] in ("my", "our") and told:
            others = {"pt", "patient", "yo", "pmh", "fh"} & set(words[:400])
            mine = any(
                words[k] == "i" and words[k + 1] in ("have", "am", "cant", "feel", "get")
                for k in range(min(len(words) - 1, 400))
            ) or any(
                words[k] == "my" and words[k + 1] in ("back", "leg", "legs", "pain", "patient", "bladder", "foot")
                for k in range(min(len(words) - 1, 400))
            )
            return not others and not mine
    return False
