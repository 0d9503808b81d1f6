"""The settings of the stages that the report brings together, as a configuration has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from setia.config import Config
    from setia.report.page import Stages


def stages_of(config: Config) -> Stages:
    """Return how each stage of the report is set."""
    from setia.report.page import Stages

    return Stages(
        score=config.score,
        define=config.define,
        retention=config.retention,
        alert=config.alert,
        segments=config.segments,
        policy=config.policy,
        act=config.act,
        seed=config.train.seed,
        given=config.overrides,
    )
