"""What defection could mean on a log, looked back on: `make define`."""

from __future__ import annotations

from setia.config import Config, run


def main(config: Config) -> None:
    """Look back on the log with every definition, recommend one, write the page."""
    from setia.audit import audit, candidates, recommend
    from setia.engine import connect
    from setia.progress import Progress
    from setia.report.definitions import show, write
    from setia.source import read
    from setia.value import sales_basis_of

    progress = Progress(quiet=config.quiet)
    engine = connect(config.engine)
    with progress.stage("reading the log"):
        log = read(config.source, engine, as_of=config.as_of)
    wanted = candidates(config.train.definition, log.columns)
    basis = sales_basis_of(config.train.value, log.columns)
    result = audit(config.define, wanted, log, engine, basis, config.train.horizon_days, config.train.seed, progress)
    _, words = recommend(result)
    path = write(result, words, config.define.output)
    if not config.quiet:
        show(result, words, path, progress, config.overrides)


if __name__ == "__main__":
    run("define", "Look back on a log with every definition of defection and recommend one.", main)
