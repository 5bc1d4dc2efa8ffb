"""Evenings take minutes of real time: they are played where somebody asks for them, with ``-m evening``."""

from __future__ import annotations

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "evening: plays a whole evening of a venue in real time")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "evening" in (config.option.markexpr or ""):
        return
    evenings = [item for item in items if item.get_closest_marker("evening")]
    if evenings:
        config.hook.pytest_deselected(items=evenings)
        items[:] = [item for item in items if item not in evenings]
