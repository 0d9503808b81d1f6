"""The configuration group offers what the settings know, and settings without meaning are refused."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
from hydra.utils import instantiate
from omegaconf import OmegaConf

from setia.errors import InputError
from setia.simulate import World
from setia.source import ColumnMap, SourceSettings

CONF = Path(__file__).parents[2] / "conf" / "source"
OF_ONE_KIND = {"url", "table", "query", "separator", "encoding", "world"}


@pytest.mark.parametrize("name", ["files", "database", "complete_journey", "cdnow", "simulated"])
def test_each_source_composes_and_offers_every_setting(name: str) -> None:
    conf = OmegaConf.load(CONF / f"{name}.yaml")
    settings = instantiate(conf, _convert_="object")
    assert isinstance(settings, SourceSettings)
    assert settings.kind == name
    assert settings.columns == ColumnMap()
    assert {item.name for item in fields(ColumnMap)} | {"_target_"} == set(conf.columns)
    offered = {str(key) for key in conf}
    assert {item.name for item in fields(SourceSettings)} - OF_ONE_KIND <= offered
    default = SourceSettings()
    for key in ("timezone", "duplicates", "max_quarantine_share", "earliest", "day_first", "decimal"):
        assert getattr(settings, key) == getattr(default, key)


@pytest.mark.parametrize(
    ("setting", "value"),
    [("kind", "excel"), ("duplicates", "maybe"), ("decimal", ";"), ("separator", "::"), ("max_quarantine_share", 5.0)],
)
def test_settings_that_mean_nothing_are_refused(setting: str, value: object) -> None:
    with pytest.raises(InputError, match=rf"source\.{setting}="):
        SourceSettings(**{setting: value})  # type: ignore[arg-type]


def test_the_configured_world_offers_every_setting_with_its_default() -> None:
    conf = OmegaConf.load(CONF / "simulated.yaml")
    assert {item.name for item in fields(World)} | {"_target_"} == set(conf.world)
    assert instantiate(conf, _convert_="object").world == World()
