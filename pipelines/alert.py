"""Whose purchase pattern has just changed for the worse: `make alert`."""

from __future__ import annotations

from setia.config import Config, run


def main(config: Config) -> None:
    """Tell what has changed since the last run, write the list, and only then note it as told."""
    from setia.alert import alert, keep
    from setia.engine import connect
    from setia.progress import Progress
    from setia.report.alerts import show, write
    from setia.source import read
    from setia.value import sales_basis_of

    progress = Progress(quiet=config.quiet)
    engine = connect(config.engine)
    with progress.stage("reading the log"):
        log = read(config.source, engine, as_of=config.as_of)
    basis = sales_basis_of(config.train.value, log.columns)
    result = alert(config.alert, log, engine, basis, config.train.seed, progress)
    path = write(result, config.alert.output)
    keep(result, config.alert)
    if not config.quiet:
        show(result, path, progress, config.overrides)


if __name__ == "__main__":
    run("alert", "Tell which customers' purchase pattern has just changed for the worse.", main)
