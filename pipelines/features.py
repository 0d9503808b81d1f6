"""The feature table as of a day, for notebooks: `make features`."""

from __future__ import annotations

from pathlib import Path

from setia.config import Config, run


def main(config: Config) -> None:
    """Write one row of features per customer as of the log's last day (or as_of)."""
    import pyarrow.parquet as pq

    from setia.engine import connect
    from setia.features import select, switched_off, table
    from setia.history import prepare
    from setia.output import written
    from setia.progress import Progress
    from setia.report.terminal import show_features
    from setia.source import read

    progress = Progress(quiet=config.quiet)
    engine = connect(config.engine)
    with progress.stage("reading the log"):
        log = read(config.source, engine, as_of=config.as_of)
    families = config.train.features.families
    features = select(log.columns, families)
    with progress.stage("features"):
        prepared = prepare(log.lines, engine)
        found = table(prepared, log.last_day, features)
    path = Path(config.features_output)
    with progress.stage("writing"), written(path) as unfinished:
        pq.write_table(found, unfinished, compression="zstd")
    if not config.quiet:
        off = switched_off(log.columns, families)
        show_features(log, found.num_rows, features, off, path, progress, config.overrides)


if __name__ == "__main__":
    run("features", "Write the feature table of a log as of its last day (or as_of).", main)
