"""Scores of every customer from the champion model: `make score`."""

from __future__ import annotations

from setia.config import Config, run


def main(config: Config) -> None:
    """Load the model, build the features as of the log's last day, write the score table."""
    from setia.engine import connect
    from setia.progress import Progress
    from setia.report.terminal import show_scores
    from setia.scoring import is_live, refuse_other_definition, score
    from setia.source import read
    from setia.tracking import asked_model

    progress = Progress(quiet=config.quiet)
    engine = connect(config.engine)
    with progress.stage("reading the log"):
        log = read(config.source, engine, as_of=config.as_of)
    with progress.stage("loading the model"):
        bundle, version = asked_model(config.tracking, config.model, config.name, log, config.train)
    refuse_other_definition(bundle.facts, config.train.definition, config.overrides)
    summary = score(
        bundle,
        log,
        engine,
        config.score,
        model_version=version,
        name=version.rpartition("/")[0] or None,
        live=is_live(config.source, config.as_of),
        progress=progress,
    )
    if not config.quiet:
        show_scores(log, bundle, summary, progress, config.overrides)


if __name__ == "__main__":
    run("score", "Score every customer of a log with the champion model (or model=URI).", main)
