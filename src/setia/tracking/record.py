"""What a run leaves behind beside its model: configuration, figures, tables, parameters, metrics."""

from __future__ import annotations

import csv
import json
import math
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from setia.features.dictionary import render
from setia.metrics.curves import tenths
from setia.report import figures
from setia.report.closing import without_passwords
from setia.report.outcome import outcomes
from setia.report.strict import finite
from setia.tracking.trial import Trial
from setia.training import OURS, Training

#: What MLflow takes: characters of a parameter's value, parameters a call.
_LONGEST_VALUE: Final = 6000
_BATCH: Final = 100


def write(training: Training, trial: Trial, config_yaml: str, folder: Path) -> None:
    """Write everything into a folder, as a person would look for it."""
    figures.save(training, folder / "figures")
    training.bundle.members.save(_made(folder / "models"))
    (folder / "config.yaml").write_text(without_passwords(config_yaml), encoding="utf-8")
    (folder / "features.md").write_text(render(training.features), encoding="utf-8")
    _table(folder / "importance.csv", ("feature", "share_of_gain"), training.importance)
    rows = [asdict(figure) for figure in training.evaluation.figures]
    _table(folder / "evaluation.csv", tuple(rows[0]), (row.values() for row in rows))
    content = finite({"trial": asdict(trial), "figures": rows})
    (folder / "evaluation.json").write_text(json.dumps(content, indent=1), encoding="utf-8")
    _table(folder / "deciles.csv", ("outcome", "group", "rows", "predicted", "actual", "lo", "hi"), _deciles(training))


def parameters(training: Training, config_yaml: str) -> dict[str, str]:
    """Return the resolved configuration as flat names (a.b.c) and what the log decided (facts.x)."""
    import yaml  # type: ignore[import-untyped]

    found = dict(_flat(yaml.safe_load(without_passwords(config_yaml)) or {}))
    facts = asdict(training.bundle.facts)
    for name in ("source", "basis", "horizon_days", "as_of", "customers", "fingerprint", "setia_version"):
        found[f"facts.{name}"] = str(facts[name])
    found["facts.rows"] = str(training.rows)
    found["facts.features"] = str(len(training.features))
    return {name: value[:_LONGEST_VALUE] for name, value in found.items()}


def metrics(training: Training) -> list[tuple[str, float, int]]:
    """Return (name, value, step) of each figure of the holdout and of the level of each cutoff that was forecast.

    The step is the cutoff, days since 1970-01-01.

    Ours stand under their own names with the ends of their intervals (auc, auc_lo, auc_hi), so that runs
    are compared by them; those of the rules begin with the rule's name.
    """
    evaluation = training.evaluation
    found: list[tuple[str, float, int]] = []
    for figure in evaluation.figures:
        if figure.group != "all":
            continue
        ours = figure.method == OURS
        name = figure.metric if ours else f"{figure.method}/{figure.metric}"
        found.append((name, figure.value, evaluation.cutoff))
        if ours:
            found += [(f"{name}_lo", figure.lo, evaluation.cutoff), (f"{name}_hi", figure.hi, evaluation.cutoff)]
    for level in training.levels:
        found.append(("bias_by_cutoff", level.bias, level.cutoff))
        found.append(("p_defect_excess_by_cutoff", level.p_defect - level.defected, level.cutoff))
    return [each for each in found if math.isfinite(each[1])]


def log_numbers(client: Any, run_id: str, training: Training, config_yaml: str) -> None:
    """Send parameters and metrics to MLflow, in as few calls as it allows."""
    from mlflow.entities import Metric, Param

    now = int(time.time() * 1000)
    points = [Metric(name, value, now, step) for name, value, step in metrics(training)]
    params = [Param(name, value) for name, value in parameters(training, config_yaml).items()]
    client.log_batch(run_id, metrics=points, params=params[:_BATCH])
    for start in range(_BATCH, len(params), _BATCH):
        client.log_batch(run_id, params=params[start : start + _BATCH])


def _flat(node: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(node, dict) and (node or not path):
        for key, value in node.items():
            if key != "_partial_":
                yield from _flat(value, f"{path}.{key}" if path else str(key))
    else:
        yield path, str(node)


def _deciles(training: Training) -> Iterator[Sequence[object]]:
    defection, value = outcomes(training)
    for outcome, name, share in ((defection, "defection", True), (value, "value", False)):
        table = tenths(outcome.actual, outcome.ours, share=share)
        for k in range(len(table.rows)):
            figures_of_group = (table.predicted[k], table.actual[k], table.lo[k], table.hi[k])
            yield (name, k + 1, int(table.rows[k]), *map(float, figures_of_group))


def _table(path: Path, names: Sequence[str], rows: Iterable[Iterable[object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows(["" if isinstance(x, float) and math.isnan(x) else x for x in row] for row in rows)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder
