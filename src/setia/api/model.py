"""A model, and what it is asked."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from setia.api.log import check_log
from setia.api.session import session
from setia.api.wording import in_python
from setia.errors import InputError
from setia.report.cells import Cells, Shown

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from setia.api.cards import CustomerCard
    from setia.api.planning import Plan
    from setia.api.segmenting import Segments
    from setia.bundle import Bundle
    from setia.config import Config
    from setia.evaluate.evaluation import Evaluation
    from setia.scoring import ScoreSettings
    from setia.source import Log
    from setia.training import Training


@dataclass(frozen=True, repr=False, eq=False)
class Model(Shown):
    """A trained model. `training` is null for one that was loaded."""

    bundle: Bundle
    version: str
    training: Training | None = None

    @property
    def evaluation(self) -> Evaluation:
        """What the rehearsal's models did on the holdout.

        Raises:
            InputError: the model was loaded; its evaluation lies in its MLflow run.
        """
        if self.training is None:
            raise InputError(
                "A loaded model brings the figures of its holdout along (model.figures()), but not its rows; look at "
                "its run in MLflow."
            )
        return self.training.evaluation

    def figures(self) -> pd.DataFrame:
        """Return every figure of the holdout: metric, method, group, value, lo, hi, customers.

        Raises:
            InputError: the model was loaded, and made by a Setia that did not keep them with it.
        """
        import pandas as pd

        known = self.bundle.proof if self.training is None else self.training.evaluation
        if known is None:
            raise InputError("This model was saved without the figures of its holdout; look at its run in MLflow.")
        return pd.DataFrame([vars(figure) for figure in known.figures])

    def comparison(self, group: str = "all") -> pd.DataFrame:
        """Return the holdout's figures of one group of customers: a row for each metric, a column for each method."""
        found = self.figures()
        known = list(dict.fromkeys(found["group"]))
        if group not in known:
            raise InputError(f"There is no group {group!r}; the groups are {', '.join(known)}.")
        one = found[found["group"] == group]
        return one.pivot_table(index="metric", columns="method", values="value", sort=False).rename_axis(None, axis=1)

    def figure(self, name: str) -> Figure:
        """Draw a figure of the holdout: calibration, gain_defection, deciles_value, ... (an unknown name lists all).

        Raises:
            InputError: there is no such figure, or the model was loaded.
        """
        from setia.report.figures import draw

        if self.training is None:
            raise InputError("A loaded model brings no figures along; look at its run in MLflow.")
        drawn = {}
        for found, figure in draw(self.training):
            if found == name:
                return figure
            drawn[found] = figure
        raise InputError(f"There is no figure {name!r} of a model; there are {', '.join(drawn)}.")

    def importance(self) -> pd.DataFrame:
        """Return feature, share of the classifier's gain, and meaning, most telling first."""
        import numpy as np
        import pandas as pd

        from setia.learn.dropout import COLUMNS

        gains = self.bundle.members.classifier.importance()
        meanings = {feature.name: feature.doc for feature in self.bundle.features} | dict(COLUMNS)
        return pd.DataFrame(
            {
                "feature": list(meanings),
                "share": gains / max(float(np.sum(gains)), 1e-300),
                "meaning": list(meanings.values()),
            }
        ).sort_values("share", ascending=False, ignore_index=True)

    def score(self, log: Log, *, language: str = "en", overrides: tuple[str, ...] = ()) -> pd.DataFrame:
        """Return the score table of a log as of its last day (docs/scores.md); `language` of the reasons: en or id.

        `overrides` are those of the command line, such as ("score.reasons=top:1000", "score.allow_drift=true").

        Raises:
            InputError: the log cannot be scored by this model.
        """
        import pandas as pd

        from setia.scoring import score as score_log

        check_log(log, "model.score(log)")
        asked = _scoring(_composed(overrides, language))
        with tempfile.TemporaryDirectory() as folder, in_python():
            path = Path(folder) / "scores.parquet"
            settings = replace(asked, output=str(path))
            score_log(self.bundle, log, session(), settings, model_version=self.version, live=False)
            return pd.read_parquet(path)

    def customer(
        self, log: Log, customer_id: str, *, language: str = "en", overrides: tuple[str, ...] = ()
    ) -> CustomerCard:
        """Return the card of one customer as of the log's last day; `overrides` as on the command line.

        Raises:
            InputError: nobody of that id bought anything (the sentence names near ones), or the log cannot be scored.
        """
        from setia.api.cards import CustomerCard
        from setia.card import CardSettings, card

        check_log(log, "model.customer(log, id)")
        config = _composed(overrides, language)
        with in_python():
            found = card(
                self.bundle,
                log,
                session(),
                CardSettings(id=customer_id),
                _scoring(config),
                policy=config.policy,
                margin=config.act.margin,
                model_version=self.version,
                live=False,
            )
        return CustomerCard(found)

    def segments(self, log: Log, *, least: int = 20, overrides: tuple[str, ...] = ()) -> Segments:
        """Add the customers of a log up by segment, as `make segments` does; `overrides` as on the command line.

        Traits of first purchases that fewer than `least` of the valuable have are left out.

        Raises:
            InputError: the log cannot be scored by this model, or has no amounts.
        """
        from setia.act import SegmentSettings, segments
        from setia.api.segmenting import Segments

        check_log(log, "model.segments(log)")
        settings, score = SegmentSettings(least=least), _scoring(_composed(overrides))
        with in_python():
            found = segments(settings, self.bundle, log, session(), score, model_version=self.version, live=False)
        return Segments(found)

    def plan(
        self,
        log: Log,
        *,
        policy: str = "retain",
        budget: float | None = None,
        count: int | None = None,
        name: str | None = None,
        offer_cost: float | None = None,
        contact_cost: float | None = None,
        keep_chance: float | None = None,
        folder: str | Path | None = None,
        overrides: tuple[str, ...] = (),
    ) -> Plan:
        """Choose whom it pays to contact, and whom to leave alone by lot, as `make act` does; write nothing.

        Args:
            log: as of its last day.
            policy: retain, win_back or grow.
            budget: for contacts and offers of those contacted, at most; null: no limit.
            count: of customers who are contacted, at most; null: all with whom it pays.
            name: of the campaign; null: the policy and the day. The lot follows from it.
            offer_cost: what the offer costs when somebody takes it; null: the policy's own, as in the next two.
            contact_cost: of every contact.
            keep_chance: the chance that the offer keeps a customer who would leave.
            folder: where earlier campaigns were saved; whom they have contacted lately, or leave alone, is left out.
            overrides: those of the command line, such as ("act.control=0.2", "seed=11").

        Raises:
            InputError: the log cannot be scored, the limits leave nobody, or there was such a campaign in the folder.
        """
        from setia.api.planning import plan

        check_log(log, "model.plan(log)")
        config = _composed((f"policy={policy}", *overrides))
        config = replace(config, score=_scoring(config))
        terms = {"offer_cost": offer_cost, "contact_cost": contact_cost, "keep_chance": keep_chance}
        limits = (budget, count)
        with in_python():
            return plan(self.bundle, self.version, log, config, name=name, limits=limits, terms=terms, folder=folder)

    def report(
        self,
        log: Log,
        path: str | Path = "report.html",
        *,
        language: str = "en",
        leave_out: tuple[str, ...] = (),
        overrides: tuple[str, ...] = (),
    ) -> Path:
        """Write one HTML file for people who run no code, as `make report` does, and return where it lies.

        `leave_out` names sections that are not made (docs/report.md); `overrides` are as on the command line, such as
        ("policy.offer.cost=3", "report.customers=1000"). Campaigns are those of
        the ledger, where `act.ledger` says.

        Raises:
            InputError: the log cannot be scored by this model, a section is unknown, or the file cannot be written.
        """
        from setia.config.stages import stages_of
        from setia.report.page import gather, write

        check_log(log, "model.report(log)")
        config = _composed(overrides, language)
        with in_python():
            settings = replace(config.report, output=str(path), language=language, leave_out=leave_out)
            stages = replace(stages_of(config), score=_scoring(config), given=None)
            asked = (settings, stages, self.bundle, log, session())
            return write(gather(*asked, model_version=self.version, live=False), settings).path

    def save(self, folder: str | Path) -> None:
        """Save the bundle into a folder, without pickle; `setia.load` reads it back."""
        self.bundle.save(Path(folder))

    def _cells(self) -> Cells:
        from setia.api.proving import said_of

        return said_of(self.bundle, self.version)


def _composed(overrides: tuple[str, ...], language: str | None = None) -> Config:
    from setia.config import compose

    return compose(overrides if language is None else (*overrides, f"language={language}"))


def _scoring(config: Config) -> ScoreSettings:
    """Return how a log is scored here: of any age, and nothing is kept."""
    return replace(config.score, max_age_days=None, history=None)
