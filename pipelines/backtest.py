"""The whole pipeline on rolling cutoffs beside the peers: `make backtest`."""

from __future__ import annotations

from setia.config import Config, run


def main(config: Config) -> None:
    """Train at every cutoff on what was known then, compare with what came, write one page."""
    from setia.backtest import backtest
    from setia.engine import connect
    from setia.progress import Progress
    from setia.report.backtest import show_backtest, write
    from setia.source import read

    progress = Progress(quiet=config.quiet)
    engine = connect(config.engine)
    with progress.stage("reading the log"):
        log = read(config.source, engine, as_of=config.as_of)
    result = backtest(config.backtest, config.train, log, engine, progress)
    path = write(result, config.backtest.output)
    if not config.quiet:
        show_backtest(log, result, path, progress, config.overrides)


if __name__ == "__main__":
    run("backtest", "Put the pipeline back in time and compare it with other methods.", main)
