"""Combinations that raise a tier: cancer with neurological signs, fever with a deficit, a fall at seventy, a clot-preventing drug with sudden pain.

Works on the counted concepts of one case (`Evidence`); each rise names its reason. Single tiers are in `concepts.yaml`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from assistant.types import Tier

NEURO = frozenset(
    "motor_deficit severe_motor_deficit mild_motor_deficit foot_drop progressive_deficit bilateral_leg_weakness bilateral_leg_sensory umn_signs sensory_level lower_half_numb gait_disturbance walking_loss sensory_deficit reflex_change absent_ankle_jerks saddle_anaesthesia urinary_retention elevated_pvr altered_urinary_function altered_urinary_sensation urinary_incontinence bladder_dysfunction bowel_incontinence altered_rectal_sensation bowel_dysfunction reduced_anal_tone bilateral_sciatica ces_suspected".split()
)
DEFICIT = NEURO - {
    "sensory_deficit",
    "reflex_change",
    "bilateral_sciatica",
    "ces_suspected",
    "bladder_dysfunction",
    "bowel_dysfunction",
}
CAUDA_FEATURES = frozenset(
    "saddle_anaesthesia urinary_retention elevated_pvr altered_urinary_function altered_urinary_sensation urinary_incontinence bladder_dysfunction bowel_incontinence altered_rectal_sensation bowel_dysfunction reduced_anal_tone bilateral_leg_weakness ces_suspected".split()
)
_CORD_WITH_CANCER = frozenset(
    "motor_deficit severe_motor_deficit mild_motor_deficit foot_drop progressive_deficit bilateral_leg_weakness bilateral_leg_sensory umn_signs sensory_level lower_half_numb gait_disturbance walking_loss".split()
)
INFECTION = frozenset(
    "fever rigors sepsis recent_infection bacteraemia spinal_infection_suspected indwelling_device dialysis ivdu immunosuppression low_dose_dmard recent_spinal_procedure raised_inflammatory_markers tb_exposure".split()
)
_RANK = {"now": 0, "today": 1, "two_weeks": 2, "note": 3}


@dataclass(slots=True)
class Evidence:
    """What the text gives. `tiers`: concept -> its tier so far; `historical`: counted though past; the rest are context words."""

    tiers: dict[str, Tier]
    historical: set[str] = field(default_factory=set)
    age: float | None = None
    severe_pain: bool = False
    suspicious_pain: bool = False
    rapid: bool = False
    remote_cancer: bool = False
    operated_weeks: float | None = None
    """Weeks since a spinal operation, injection or block; None when there was none or no time is given."""
    duration_days: float | None = None


def merge(parts: list[Evidence]) -> Evidence:
    """One case told in several messages: the most urgent tier of each concept, the latest age, any context word."""
    whole = Evidence({})
    current: set[str] = set()
    for part in parts:
        for concept, tier in part.tiers.items():
            whole.tiers[concept] = more_urgent(tier, whole.tiers.get(concept, "note"))
        current |= set(part.tiers) - part.historical
        whole.historical |= part.historical
        whole.age = part.age if part.age is not None else whole.age
        whole.severe_pain |= part.severe_pain
        whole.suspicious_pain |= part.suspicious_pain
        whole.rapid |= part.rapid
        whole.operated_weeks = part.operated_weeks if part.operated_weeks is not None else whole.operated_weeks
        whole.duration_days = part.duration_days if part.duration_days is not None else whole.duration_days
    whole.historical -= current
    with_cancer = [p for p in parts if "cancer_history" in p.tiers]
    whole.remote_cancer = bool(with_cancer) and all(p.remote_cancer for p in with_cancer)
    return whole


@dataclass(frozen=True, slots=True)
class Rise:
    """A flag that follows from several: category, tier, the concept whose words are shown, why, and its source."""

    category: str
    tier: Tier
    concept: str
    reason: str
    source: str


def more_urgent(a: Tier, b: Tier) -> Tier:
    """The more urgent of two tiers."""
    return a if _RANK[a] <= _RANK[b] else b


def _any(evidence: Evidence, names: frozenset[str]) -> str | None:
    return next((n for n in evidence.tiers if n in names), None)


def _cauda(e: Evidence) -> list[Rise]:
    rises = []
    weak = [
        c
        for c in ("bilateral_sciatica", "bilateral_leg_sensory", "absent_ankle_jerks", "sexual_dysfunction")
        if c in e.tiers
    ]
    others = _any(e, CAUDA_FEATURES | {"foot_drop", "severe_motor_deficit", "progressive_deficit", "motor_deficit"})
    if weak and (others or len(weak) >= 2):
        rises.append(
            Rise(
                "cauda_equina",
                "now",
                weak[0],
                "with another feature of cauda equina compression or a deficit",
                "CES-026",
            )
        )
    deficit = next(
        (
            c
            for c in (
                "foot_drop",
                "severe_motor_deficit",
                "progressive_deficit",
                "motor_deficit",
                "mild_motor_deficit",
                "walking_loss",
            )
            if c in e.tiers
        ),
        None,
    )
    if deficit and (
        _any(e, CAUDA_FEATURES) or "bilateral_sciatica" in e.tiers or (e.rapid and deficit != "mild_motor_deficit")
    ):
        rises.append(
            Rise(
                "neurologic_deficit", "now", deficit, "bilateral, rapid, or with saddle or sphincter change", "NEU-016"
            )
        )
    return rises


def _cancer(e: Evidence) -> list[Rise]:
    concept = next((c for c in ("known_metastases", "cancer_history") if c in e.tiers), None)
    if concept is None:
        return []
    if _any(e, NEURO):
        found = [Rise("malignancy", "now", concept, "cancer with neurological symptoms or signs", "MAL-012")]
        cord = next((c for c in e.tiers if c in _CORD_WITH_CANCER), None)
        if cord is not None:
            found += [
                Rise(c, "now", cord, "cancer with weakness, altered sensation or gait", "MAL-012")
                for c in ("cord_compression", "neurologic_deficit")
            ]
        return found
    past = concept == "cancer_history" and concept in e.historical
    if past and e.remote_cancer and not e.suspicious_pain:
        return [Rise("malignancy", "note", concept, "remote cancer alone", "MAL-003")]
    if "weight_loss" in e.tiers or e.suspicious_pain or not past or not e.remote_cancer:
        return [Rise("malignancy", "today", concept, "cancer with back pain", "MAL-015")]
    return []


def _infection(e: Evidence) -> list[Rise]:
    concept = _any(e, INFECTION)
    if concept is None:
        return []
    ill = any(
        c in e.tiers
        for c in (
            "fever",
            "rigors",
            "bacteraemia",
            "raised_inflammatory_markers",
            "sepsis",
            "spinal_infection_suspected",
        )
    )
    deficit = _any(e, DEFICIT - {"mild_motor_deficit"})
    if "sepsis" in e.tiers or (ill and "hypotension_shock" in e.tiers):
        return [Rise("infection", "now", "sepsis" if "sepsis" in e.tiers else concept, "septic or unstable", "INF-006")]
    if deficit:
        return [Rise("infection", "now", concept, "infection risk with a deficit", "INF-006")]
    night = "night_sweats" in e.tiers and (ill or e.tiers.get(concept) == "today")
    return [Rise("infection", "today", "night_sweats", "with another feature of infection", "INF-001")] if night else []


def _fracture(e: Evidence) -> list[Rise]:
    rises = []
    fall = next((c for c in ("trauma_minor", "strain") if c in e.tiers), None)
    fragile = next((c for c in ("osteoporosis", "corticosteroids") if c in e.tiers), None)
    if fall and ((e.age is not None and e.age >= 70) or fragile):
        rises.append(
            Rise(
                "fracture",
                "today",
                fall,
                "a fall or strain at 70 or over, or with fragile bone",
                "FX-002" if e.age is not None and e.age >= 70 else "GL-010",
            )
        )
    injured = "trauma_major" in e.tiers or "vertebral_fracture" in e.tiers or bool(rises)
    if injured and _any(e, DEFICIT - {"mild_motor_deficit"}):
        rises.append(
            Rise(
                "fracture",
                "now",
                next(c for c in ("trauma_major", "vertebral_fracture", fall) if c and c in e.tiers),
                "injury with a deficit",
                "FX-013",
            )
        )
    return rises


def _bleeding(e: Evidence) -> list[Rise]:
    clot = next((c for c in ("anticoagulation", "high_inr") if c in e.tiers), None)
    recent_procedure = "recent_spinal_procedure" in e.tiers and (e.operated_weeks is None or e.operated_weeks <= 6)
    if clot is None and not recent_procedure:
        return []
    concept = clot or "recent_spinal_procedure"
    deficit = _any(e, DEFICIT - {"mild_motor_deficit"})
    if deficit:
        return [
            Rise(
                "bleeding",
                "now",
                concept,
                "anticoagulated or after a procedure, with a deficit",
                "SP-008" if clot else "SP-011",
            )
        ]
    if e.severe_pain or (clot and (recent_procedure or "retroperitoneal_signs" in e.tiers)):
        return [
            Rise(
                "bleeding",
                "today",
                concept,
                "anticoagulated or after a procedure, with acute severe pain or signs of a bleed",
                "SP-008" if clot else "SP-010",
            )
        ]
    return []


def _vascular(e: Evidence) -> list[Rise]:
    found = []
    if "renal_cause" in e.tiers and e.age is not None and e.age >= 60:
        found.append(Rise("vascular", "now", "renal_cause", "a first renal colic at 60 or over", "VIS-005"))
    if "connective_tissue" in e.tiers and (e.severe_pain or "chest_pain" in e.tiers or "thoracic_pain" in e.tiers):
        found.append(
            Rise(
                "vascular",
                "now",
                "connective_tissue",
                "connective-tissue or aortic valve disease with sudden, severe or thoracic pain",
                "VIS-007",
            )
        )
    return found


_CHILD_TRIGGERS = (
    NEURO
    | INFECTION
    | frozenset(
        "night_pain rest_pain weight_loss night_sweats morning_stiffness structural_deformity trauma_major cancer_history failure_to_improve".split()
    )
)


def _child(e: Evidence) -> list[Rise]:
    if "child" not in e.tiers:
        return []
    if (
        _any(e, _CHILD_TRIGGERS)
        or (e.age is not None and e.age < 5)
        or (e.duration_days is not None and e.duration_days > 28)
    ):
        return [Rise("paediatric", "today", "child", "under 16 with a paediatric trigger", "SP-003")]
    return []


_RULES: tuple[Callable[[Evidence], list[Rise]], ...] = (
    _cauda,
    _cancer,
    _infection,
    _fracture,
    _bleeding,
    _vascular,
    _child,
)


def rises(evidence: Evidence) -> list[Rise]:
    """Every rise that the evidence supports, in the order of the categories' rules."""
    return [rise for rule in _RULES for rise in rule(evidence)]
