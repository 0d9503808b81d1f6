"""The profit of every customer month by month: `make ledger`."""

from __future__ import annotations

from setia.config import Config, run


def main(config: Config) -> None:
    """Book every line with what it cost, and tell who brings the profit and who takes it away."""
    from setia.engine import connect
    from setia.ledger import book
    from setia.progress import Progress
    from setia.report.ledger import write
    from setia.report.ledger_summary import show
    from setia.source import read
    from setia.value import costs_of

    costs = costs_of(config.train.value)
    progress = Progress(quiet=config.quiet)
    engine = connect(config.engine)
    with progress.stage("reading the log"):
        log = read(config.source, engine, as_of=config.as_of)
    found = book(log, engine, costs, progress)
    path = write(found, config.ledger.output)
    if not config.quiet:
        show(found, path, progress, config.overrides)


if __name__ == "__main__":
    run("ledger", "Book what every customer brings in and costs, month by month.", main)
