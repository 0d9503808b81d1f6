"""Better settings, searched for out of time over several cutoffs and logs: `make tune`."""

from __future__ import annotations

from setia.config import Config, run


def main(config: Config) -> None:
    """Read the logs, search, track, write the best settings, and say whether they are worth it."""
    from setia.config.recipe import recipe_of
    from setia.engine import connect
    from setia.progress import Progress
    from setia.report.tuning import show_tuning
    from setia.source import read
    from setia.tracking import git_commit, reach
    from setia.tracking.trials import log_tuning
    from setia.tuning import tune
    from setia.tuning.outcome import write_best

    progress = Progress(quiet=config.quiet)
    engine = connect(config.engine)
    with progress.stage("reaching the model store"):
        reach(config.tracking)
    logs = (read(source, engine, as_of=config.as_of) for source in (config.source, *config.further))
    tuning = tune(config.tune, recipe_of(config), logs, engine, progress)
    best = write_best(tuning)
    with progress.stage("tracking"):
        log_tuning(tuning, config.tracking, best=best, config_yaml=config.yaml, git_commit=git_commit())
    if not config.quiet:
        show_tuning(tuning, best, progress, config.overrides)


WHAT = """Search for settings that forecast better, judged out of time over several cutoffs and logs.

Settings of its own (conf/tune/default.yaml): tune.trials=20, tune.minutes=30, tune.cutoffs=3,
tune.logs=[cdnow,shop.parquet] for further logs, and the ranges in tune.space. A second call goes on."""

if __name__ == "__main__":
    run("tune", WHAT, main)
