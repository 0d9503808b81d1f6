"""What a campaign has truly brought: `make readback`."""

from __future__ import annotations

from setia.config import Config, run


def main(config: Config) -> None:
    """Compare those who were contacted with those who were left alone, and note the result."""
    from setia.act import keep, readback
    from setia.engine import connect
    from setia.progress import Progress
    from setia.report.readback import show, write
    from setia.source import read

    progress = Progress(quiet=config.quiet)
    engine = connect(config.engine)
    with progress.stage("reading the log"):
        log = read(config.source, engine, as_of=config.as_of)
    result = readback(config.readback, log, engine, config.train.seed, progress)
    path = write(result, config.readback.folder)
    keep(result, config.readback)
    if not config.quiet:
        show(result, path, progress, config.overrides)


if __name__ == "__main__":
    run("readback", "Measure what a campaign has brought, beside its control group.", main)
