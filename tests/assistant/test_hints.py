"""What the conversation tells the search beyond the words of the question."""

from __future__ import annotations

from assistant.guardrails.ledger import screen_conversation
from assistant.hints import FLAG, NAMED, PAST, TYPE_WEIGHT, hints_of
from assistant.planning import plan_of
from assistant.question import Questioner
from corpus.lexicon import load_lexicon
from corpus.load import load_corpus
from index.hits import Hints


def hints(text: str) -> Hints:
    messages = [{"role": "user", "content": text}]
    lexicon = load_lexicon()
    reading = Questioner(lexicon).read(messages)
    return hints_of(reading, screen_conversation(messages), plan_of(reading, False, lexicon), lexicon, load_corpus())


def test_the_type_of_the_question_names_topics() -> None:
    assert hints("How long can cyclobenzaprine be taken?").topics["duration"] == TYPE_WEIGHT
    assert "duration" not in hints("Is yoga useful in chronic low back pain?").topics


def test_a_flag_brings_its_source_and_its_category() -> None:
    found = hints("Back pain, numb when he wipes. What now?")
    assert "cauda-equina" in found.topics and FLAG in found.passages.values()


def test_a_guideline_named_and_the_past_are_preferred() -> None:
    corpus = load_corpus()
    named = hints("What does NICE say on acupuncture for low back pain?").passages
    assert {corpus.passages[i].guideline_id for i, w in named.items() if w >= NAMED} >= {"ng59"}
    past = hints("What did older guidelines recommend on bed rest?").passages
    assert past and all(w >= PAST or w == FLAG for w in past.values())
