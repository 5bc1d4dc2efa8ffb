"""Copies of what the fold adds up are the library's copies, made faster."""

from __future__ import annotations

import dataclasses
import inspect

import pytest

from kiosk.premises import Premises, model
from kiosk.premises.copying import replace

MODELS = [
    found for _, found in inspect.getmembers(model, inspect.isclass) if found.__module__ == model.__name__
]


def test_a_copy_is_the_librarys_copy_and_the_first_stays_as_it_was() -> None:
    first = Premises(whole=3, by_zone={"A": 3})
    copy = replace(first, whole=4)
    assert copy == dataclasses.replace(first, whole=4)
    assert (first.whole, copy.by_zone is first.by_zone, type(copy)) == (3, True, Premises)


@pytest.mark.parametrize("kind", MODELS, ids=lambda kind: kind.__name__)
def test_nothing_happens_when_one_is_made_that_a_copy_would_miss(kind: type) -> None:
    assert dataclasses.is_dataclass(kind)
    assert not hasattr(kind, "__post_init__")
    assert "__slots__" not in vars(kind)
    assert all(field.init for field in dataclasses.fields(kind))
