"""The retention rate month by month: `make retention`."""

from __future__ import annotations

from setia.config import Config, run


def main(config: Config) -> None:
    """Measure who stayed after each month, by cohort and by value, in customers and in money."""
    from setia.cohorts import retention
    from setia.engine import connect
    from setia.progress import Progress
    from setia.report.retention import show, write
    from setia.source import read
    from setia.value import sales_basis_of

    progress = Progress(quiet=config.quiet)
    engine = connect(config.engine)
    with progress.stage("reading the log"):
        log = read(config.source, engine, as_of=config.as_of)
    train = config.train
    basis = sales_basis_of(train.value, log.columns)
    result = retention(config.retention, train.definition, log, engine, basis, train.horizon_days, progress)
    path = write(result, config.retention.output)
    if not config.quiet:
        show(result, path, progress, config.overrides)


if __name__ == "__main__":
    run("retention", "Measure the retention rate of every month, by cohort and by value.", main)
