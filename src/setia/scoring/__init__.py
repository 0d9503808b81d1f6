"""Scoring: a Bundle and a log become the score table, in batches, whole or not at all."""

from setia.scoring.refusal import is_live, refuse_other_definition, valued
from setia.scoring.run import score
from setia.scoring.settings import ScoreSettings
from setia.scoring.summary import ScoreSummary

__all__ = ["ScoreSettings", "ScoreSummary", "is_live", "refuse_other_definition", "score", "valued"]
