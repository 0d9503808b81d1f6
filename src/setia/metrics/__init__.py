"""One function per metric: arrays of shape (n,) in, one number out."""

from __future__ import annotations

from setia.metrics.forecast import (
    CLIP,
    auc,
    average_precision,
    bias,
    calibration_error,
    coverage,
    gini,
    interval_score,
    lift_top_decile,
    log_loss,
    mae,
    pit_ks,
    rmse,
    top_decile_share,
)
from setia.metrics.profit import MostProfit, best_depth, campaign_curve, campaign_profit, campaign_share, empc, mpc
from setia.metrics.uplift import auuc, profit_curve, qini, uplift_curve

__all__ = [
    "CLIP",
    "MostProfit",
    "auc",
    "auuc",
    "average_precision",
    "best_depth",
    "bias",
    "calibration_error",
    "campaign_curve",
    "campaign_profit",
    "campaign_share",
    "coverage",
    "empc",
    "gini",
    "interval_score",
    "lift_top_decile",
    "log_loss",
    "mae",
    "mpc",
    "pit_ks",
    "profit_curve",
    "qini",
    "rmse",
    "top_decile_share",
    "uplift_curve",
]
