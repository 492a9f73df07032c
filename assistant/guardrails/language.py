"""Whether a text is English enough to be screened. Conservative: a telegraphic note is English; doubt counts as English.

Cheap: function words only. Understanding other languages is left out; the caller then says that red flags were not checked.
"""

from __future__ import annotations

from assistant.guardrails.reading import Reading

_ENGLISH = frozenset(
    "the and of to in is was with for has have he she his her it on no not at from by but or that this my i you an as be are after since who had his did does do can been when if what which pain back leg both left right old year years patient pt".split()
)
_FOREIGN = frozenset(
    # Spanish, Portuguese, Italian, French, German, Dutch, Polish, Turkish, Romanian; words that are not English ones
    "el los las un una con por para que del como desde hace tiene dolor espalda pierna piernas años paciente siente puede orinar y se lo su pero cuando muy ya entre anos"
    " uma com não nao há dor costas perna pernas tem desde mais ao"
    " il gli uno che non di mal schiena gamba gambe da della sono ha con per gli anni"
    " le les des une est dans je avec pour depuis douleur dos jambe jambes ne pas qui sur au aux mon ses il elle ans mal patiente"
    " der die das und ist nicht ich mit seit rücken rucken schmerzen bein beine kann ein eine hat wie zu auf dem den im jahre patientin taubheit"
    " het een van niet ik rug pijn been benen sinds mijn zijn haar naar jaar"
    " nie jest się sie od ma ból bol plecy nogi lat pacjent że ze"
    " ve bir ağrı agri bel için icin yaşında hasta durere spate picior are la si sau pacient".split()
)


def not_english(reading: Reading) -> str | None:
    """Why the text cannot be screened, or None. Looks at the first 400 words."""
    words = [w for w in reading.doc.words[:600] if w.isalpha()][:400]
    letters = [c for c in reading.doc.raw[:4000] if c.isalpha()]
    if letters:
        other = sum(1 for c in letters if not (c.isascii() or "\u00c0" <= c <= "\u024f" or c in "\u00b5\u03bc"))
        if other >= 8 and other > 0.3 * len(letters):
            return "the text is not in English"
    foreign = sum(1 for w in words if w in _FOREIGN and w not in _ENGLISH)
    distinct = len({w for w in words if w in _FOREIGN and w not in _ENGLISH})
    english = sum(1 for w in words if w in _ENGLISH)
    if len(words) >= 4 and distinct >= 3 and foreign >= 0.25 * len(words) and foreign > 2 * english:
        return "the text does not read as English"
    return None
