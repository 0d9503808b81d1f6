"""How the chance of a purchase grows with the days to come: the model's shape, brought to the blend's level."""

from __future__ import annotations

from typing import Final

import numpy as np

from setia import btyd
from setia.card.alive import triple
from setia.card.parts import YEAR_DAYS, Ahead, Ints

#: Chances of no purchase are taken to be no nearer to 0 than this, so that they have a logarithm.
_LEAST: Final = 1e-12
#: Of one who has surely left, the shape is that of one who has almost surely left: the level is the blend's anyhow.
_LEAST_ALIVE: Final = 1e-6


def chances_ahead(model: btyd.Model, bought: Ints, as_of: int, horizon_days: int, p_none: float) -> Ahead:
    """Return the chance of at least one purchase within 0, 1, 2, ... days, up to a year or the horizon.

    At the horizon it is 1 - `p_none`, what the blend of all members says; how it gets there is the model's, whose
    chance of none within d days is q(d). Where the blend expects less than the model, none(d) = q(d)^c. Where it
    expects more, the purchases of somebody who keeps their rhythm come as the model has it, and what is more as from
    those who have lost it, the slower the longer they have been silent: none(d) = q(d) (1 + d / silence)^-k. Bending
    alone would promise to one who is long overdue, but not given up by the blend, a purchase within days. Both begin
    at 1 and never rise. Beyond the horizon nothing has been judged.
    """
    days = np.arange(max(horizon_days, YEAR_DAYS) + 1, dtype=np.float64)
    frequency, recency, T = (float(each[0]) for each in triple(bought, np.array([as_of])))
    alive = max(float(model.p_alive(frequency, recency, T)[0]), _LEAST_ALIVE)
    silent, _ = model.silence_if_alive(days, frequency, T)
    # rounding must not make a longer time less likely to hold a purchase
    buys = np.maximum.accumulate(np.clip(1.0 - silent, 0.0, 1.0 - _LEAST))
    by_model = np.log1p(-alive * buys)
    here, wanted = min(float(by_model[horizon_days]), -_LEAST), float(np.log(max(p_none, _LEAST)))
    if wanted >= here:
        log_none = wanted / here * by_model
    else:
        slowly = np.log1p(days / (T - recency + 1.0))
        log_none = by_model + (wanted - here) * slowly / slowly[horizon_days]
    return Ahead(as_of, np.clip(-np.expm1(log_none), 0.0, 1.0))
