"""Scores of every customer from the champion model: `make score`."""

from __future__ import annotations

from setia.config import Config, run


def main(config: Config) -> None:
    """Load the model, build the features as of the log's last day, write the score table."""
    from setia.config.opening import opened
    from setia.progress import Progress
    from setia.report.terminal import show_scores
    from setia.scoring import score

    progress = Progress(quiet=config.quiet)
    it = opened(config, progress)
    summary = score(
        it.bundle,
        it.log,
        it.engine,
        config.score,
        model_version=it.version,
        name=it.version.rpartition("/")[0] or None,
        live=it.live,
        progress=progress,
    )
    if not config.quiet:
        show_scores(it.log, it.bundle, summary, progress, config.overrides)


if __name__ == "__main__":
    run("score", "Score every customer of a log with the champion model (or model=URI).", main)
