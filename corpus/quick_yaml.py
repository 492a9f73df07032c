"""Reads YAML as `yaml.CSafeLoader` does, in half the time: long lists of words are what the commands wait for at start.

PyYAML's parser is fast and its way from events to values is not. So plain files (mappings, lists, scalars) are put together
here from its events; a file with anything else (anchors, tags, merge keys, an error) is left to PyYAML as a whole.
"""

from __future__ import annotations

from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

_IMPLICIT = yaml.CSafeLoader.yaml_implicit_resolvers


class _NotPlain(Exception):
    """Left to PyYAML."""


def parse(text: str) -> Any:
    """The value of the one document in `text`. Raises yaml.YAMLError."""
    try:
        return _Reader(text).document()
    except (_NotPlain, yaml.YAMLError, TypeError):
        return yaml.load(text, Loader=yaml.CSafeLoader)


class _Reader:
    def __init__(self, text: str) -> None:
        self._next = yaml.CSafeLoader(text).get_event
        self._scalars: dict[str, Any] = {}

    def document(self) -> Any:
        self._next()  # the start of the stream
        if self._next().__class__ is not DocumentStartEvent:
            raise _NotPlain
        value = self._value(self._next())
        self._next()  # the end of the document
        if self._next().__class__ is not StreamEndEvent:
            raise _NotPlain
        return value

    def _value(self, event: Any) -> Any:
        kind = event.__class__
        if kind is AliasEvent or event.anchor is not None or event.tag is not None:
            raise _NotPlain
        if kind is ScalarEvent:
            return self._scalar(event)
        if kind is SequenceStartEvent:
            items = []
            while (event := self._next()).__class__ is not SequenceEndEvent:
                items.append(self._value(event))
            return items
        if kind is not MappingStartEvent:
            raise _NotPlain
        mapping = {}
        while (event := self._next()).__class__ is not MappingEndEvent:
            key = self._value(event)
            mapping[key] = self._value(self._next())
        return mapping

    def _scalar(self, event: Any) -> Any:
        """A quoted scalar is text; an unquoted one is text unless it looks like a number, date, yes, null and so on."""
        written: str = event.value
        if not event.implicit[0]:
            return written
        if written in self._scalars:
            return self._scalars[written]
        if any(looks.match(written) for _, looks in _IMPLICIT.get(written[:1], ())):
            if written in ("<<", "="):
                raise _NotPlain
            self._scalars[written] = value = yaml.load(written, Loader=yaml.CSafeLoader)
            return value
        return written
