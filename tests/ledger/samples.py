"""Any entry that the log can say, drawn from the models themselves, so that a new type is tested as it is added."""

from __future__ import annotations

import types
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
from hypothesis import strategies as st
from pydantic import AwareDatetime, BaseModel
from pydantic.fields import FieldInfo

from kiosk import HONG_KONG
from kiosk.ledger.entries import AnyEntry, Draft, Entry, Personal

#: Every entry type.
ENTRY_TYPES: tuple[type[Entry], ...] = get_args(get_args(AnyEntry)[0])

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
#: Since Hong Kong gave up summer time.
TIMES = st.datetimes(
    min_value=datetime.fromisoformat("1980-01-01"),
    max_value=datetime.fromisoformat("2100-01-01"),
    timezones=st.just(HONG_KONG),
)


def models(model: type[BaseModel]) -> st.SearchStrategy[Any]:
    return st.builds(model, **{name: _field(field) for name, field in model.model_fields.items()})


def _field(field: FieldInfo) -> st.SearchStrategy[Any]:
    pattern = next((found for m in field.metadata if (found := getattr(m, "pattern", None))), None)
    if pattern is not None:
        return st.from_regex(pattern, fullmatch=True)
    least = max(
        (m.gt + 1 if isinstance(m, annotated_types.Gt) else m.ge if isinstance(m, annotated_types.Ge) else 0)
        for m in (*field.metadata, None)
    )
    return _value(field.annotation, least)


def _value(kind: Any, least: int = 0) -> st.SearchStrategy[Any]:
    args = get_args(kind)
    makers: dict[Any, Callable[[], st.SearchStrategy[Any]]] = {
        Annotated: lambda: _value(args[0], least),
        Literal: lambda: st.sampled_from(args),
        Union: lambda: st.one_of(*(_value(arg, least) for arg in args)),
        types.UnionType: lambda: st.one_of(*(_value(arg, least) for arg in args)),
        tuple: lambda: st.lists(_value(args[0]), min_size=1, max_size=3).map(tuple),
        dict: lambda: st.dictionaries(_value(args[0]), _value(args[1]), max_size=3),
        str: lambda: TEXT,
        bool: st.booleans,
        int: lambda: st.integers(least, 2**53 - 1),
        date: st.dates,
        datetime: lambda: TIMES,
        AwareDatetime: lambda: TIMES,
        type(None): st.none,
    }
    return makers.get(get_origin(kind) or kind, lambda: models(kind))()


ENTRIES = st.one_of(*(models(kind) for kind in ENTRY_TYPES))
PERSONAL = models(Personal)
DRAFTS = st.builds(Draft, at=TIMES, entry=ENTRIES, personal=st.none() | PERSONAL)
