"""The rule book: reads `rules/*.yaml`, checks each against the schema, and gives rules by id with one hash over all guardrail data.

One YAML a rule. RF rules (red flags) name concepts of `concepts.yaml`; PF (pitfalls), OM (omissions) and PR (premises) name
patterns or one Python check. Running a rule is left to `screen.py` and `check.py`; its words to the clinician stay in the YAML.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
KINDS = {"RF": "red_flag", "PF": "pitfall", "OM": "omission", "PR": "premise"}
STAGES = ("question", "draft", "plan")
SEVERITIES = ("emergency", "warning", "info")
TIERS = ("now", "today", "two_weeks", "note")
SAFETY_DEFAULT = "safety default"

_ID = re.compile(r"(RF|PF|OM|PR)\d\d")
_REQUIRED = ("id", "name", "category", "stage", "severity", "action", "message", "why", "source", "cases")
_OPTIONAL = ("tier", "patterns", "check", "concepts", "params", "clinically_reviewed")

Case = str | dict[str, Any]
"""A case is one text, or a mapping such as {question, answer, history} for rules that read more than one string."""


class RuleError(Exception):
    """A rule file that cannot be used. `file` names it; the message says what is wrong and what to do."""

    def __init__(self, file: str, problem: str) -> None:
        super().__init__(f"{file}: {problem}")
        self.file = file
        self.problem = problem


@dataclass(frozen=True)
class Rule:
    """One rule as data. `source` is a passage id or "safety default"; `tier` is set for red flags only."""

    id: str
    name: str
    category: str
    kind: str
    stage: str
    severity: str
    action: str
    message: str
    why: str
    source: str
    fires: tuple[Case, ...]
    quiet: tuple[Case, ...]
    tier: str | None = None
    patterns: tuple[str, ...] = ()
    check: str | None = None
    concepts: tuple[str, ...] = ()
    params: Mapping[str, Any] = field(default_factory=dict)
    clinically_reviewed: Mapping[str, str] | None = None
    file: str = ""

    @cached_property
    def compiled(self) -> tuple[re.Pattern[str], ...]:
        """Patterns, compiled without regard to case; the loader has already proved that they compile."""
        return tuple(re.compile(p, re.IGNORECASE) for p in self.patterns)


@dataclass(frozen=True)
class RuleBook:
    """All rules in id order. `broken` is empty unless loaded with strict=False; `hash` is a sha256 hex digest."""

    rules: tuple[Rule, ...]
    hash: str
    broken: tuple[RuleError, ...] = ()

    @cached_property
    def by_id(self) -> dict[str, Rule]:
        return {r.id: r for r in self.rules}

    def of_kind(self, kind: str) -> tuple[Rule, ...]:
        """Rules of one kind: red_flag, pitfall, omission or premise."""
        return tuple(r for r in self.rules if r.kind == kind)


def _text(data: dict[str, Any], key: str, file: str) -> str:
    value = data[key]
    if not isinstance(value, str) or not value.strip():
        raise RuleError(file, f"'{key}' must be a sentence or word, not {value!r}")
    return value.strip()


def _one_of(data: dict[str, Any], key: str, allowed: tuple[str, ...], file: str) -> str:
    if data[key] not in allowed:
        raise RuleError(file, f"'{key}' is {data[key]!r}; use one of {', '.join(allowed)}")
    return str(data[key])


def _strings(data: dict[str, Any], key: str, file: str) -> tuple[str, ...]:
    value = data.get(key) or []
    if not isinstance(value, list) or not all(isinstance(v, str) and v for v in value):
        raise RuleError(file, f"'{key}' must be a list of strings")
    return tuple(value)


def _cases(data: dict[str, Any], file: str) -> tuple[tuple[Case, ...], tuple[Case, ...]]:
    cases = data["cases"]
    if not isinstance(cases, dict) or set(cases) != {"fires", "quiet"}:
        raise RuleError(file, "'cases' must hold exactly 'fires' and 'quiet'")
    for key in ("fires", "quiet"):
        if not isinstance(cases[key], list) or not all(isinstance(c, str | dict) and c for c in cases[key]):
            raise RuleError(file, f"'cases.{key}' must be a list of texts or mappings")
    fires, quiet = tuple(cases["fires"]), tuple(cases["quiet"])
    if not fires or len(quiet) < len(fires):
        raise RuleError(
            file, f"needs at least one case that fires and as many quiet; has {len(fires)} and {len(quiet)}"
        )
    return fires, quiet


def parse_rule(data: Any, file: str) -> Rule:
    """A rule from the parsed YAML of `file`. Raises RuleError naming the file and the key at fault."""
    if not isinstance(data, dict):
        raise RuleError(file, "must be a mapping with one rule")
    missing = [k for k in _REQUIRED if k not in data]
    unknown = sorted(set(data) - set(_REQUIRED) - set(_OPTIONAL))
    if missing or unknown:
        raise RuleError(
            file, f"missing keys: {', '.join(missing) or 'none'}; unknown keys: {', '.join(unknown) or 'none'}"
        )
    rule_id = _text(data, "id", file)
    if not _ID.fullmatch(rule_id) or not file.startswith(rule_id):
        raise RuleError(file, f"id {rule_id!r} must be RF, PF, OM or PR with two digits and begin the file's name")
    patterns, concepts, check = _how(data, file)
    tier, kind = data.get("tier"), KINDS[rule_id[:2]]
    if (kind == "red_flag") != (tier is not None) or (tier is not None and tier not in TIERS):
        raise RuleError(file, f"'tier' is {tier!r}; red flags need one of {', '.join(TIERS)}, other rules have none")
    params = data.get("params", {})
    if not isinstance(params, dict):
        raise RuleError(file, "'params' must be a mapping")
    fires, quiet = _cases(data, file)
    words = {key: _text(data, key, file) for key in ("name", "category", "action", "message", "why", "source")}
    return Rule(
        id=rule_id,
        kind=kind,
        stage=_one_of(data, "stage", STAGES, file),
        severity=_one_of(data, "severity", SEVERITIES, file),
        fires=fires,
        quiet=quiet,
        tier=tier,
        patterns=patterns,
        check=check,
        concepts=concepts,
        params=params,
        clinically_reviewed=data.get("clinically_reviewed"),
        file=file,
        **words,
    )


def _how(data: dict[str, Any], file: str) -> tuple[tuple[str, ...], tuple[str, ...], str | None]:
    """Patterns, concepts and the name of the check: at least one of them, each usable."""
    patterns, concepts = _strings(data, "patterns", file), _strings(data, "concepts", file)
    for pattern in patterns:
        try:
            re.compile(pattern, re.IGNORECASE)
        except re.error as error:
            raise RuleError(file, f"pattern {pattern!r} does not compile: {error}") from error
    check = data.get("check")
    if check is not None and not (isinstance(check, str) and check.isidentifier()):
        raise RuleError(file, f"'check' must be the name of a Python check, not {check!r}")
    if not (patterns or check or concepts):
        raise RuleError(file, "needs 'patterns', 'check' or 'concepts'")
    return patterns, concepts, check


def _read(path: Path) -> Rule:
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RuleError(path.name, f"is not readable YAML: {str(error).splitlines()[0]}") from error
    return parse_rule(data, path.name)


def data_hash(root: Path) -> str:
    """sha256 over the names and bytes of every YAML under `root`, in order of name."""
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.yaml")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def load_rules(root: Path | None = None, *, strict: bool = True, only: str = "") -> RuleBook:
    """Rules under `root` (default: the project's own), in order of id. The built-in book is read once per process.

    `only` limits reading to one prefix ("RF", "PF" ...). strict: the first malformed file raises RuleError. Otherwise good rules
    are returned and malformed ones listed in `broken`, so that the caller can name them (a broken RF rule means NOT checked).
    """
    return _load(root or HERE / "rules", strict, only)


def readable_rules(broken: set[str] | None = None) -> RuleBook:
    """The built-in rules; where `broken` is given, malformed pitfall, omission and premise files are named in it instead of raised."""
    book = load_rules(strict=broken is None)
    if broken is not None:
        broken.update(error.file for error in book.broken if not error.file.startswith("RF"))
    return book


@lru_cache(maxsize=8)
def _load(folder: Path, strict: bool, only: str) -> RuleBook:
    rules: dict[str, Rule] = {}
    broken: list[RuleError] = []
    for path in sorted(folder.glob(f"{only}*.yaml")):
        try:
            rule = _read(path)
            if rule.id in rules:
                raise RuleError(path.name, f"id {rule.id} is already taken by {rules[rule.id].file}")
            rules[rule.id] = rule
        except RuleError as error:
            if strict:
                raise
            broken.append(error)
    if not rules and not broken:
        raise RuleError(str(folder.name), "holds no rules; the installation is incomplete")
    ordered = tuple(rules[k] for k in sorted(rules))
    return RuleBook(rules=ordered, hash=data_hash(HERE if folder == HERE / "rules" else folder), broken=tuple(broken))
