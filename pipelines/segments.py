"""The segments of a base, and what its most valuable customers began with: `make segments`."""

from __future__ import annotations

from setia.config import Config, run


def main(config: Config) -> None:
    """Score the log, add its customers up by segment, and compare first purchases."""
    from setia.act import segments
    from setia.engine import connect
    from setia.progress import Progress
    from setia.report.segments import show, write
    from setia.scoring import is_live, refuse_other_definition
    from setia.source import read
    from setia.tracking import asked_model

    progress = Progress(quiet=config.quiet)
    engine = connect(config.engine)
    with progress.stage("reading the log"):
        log = read(config.source, engine, as_of=config.as_of)
    with progress.stage("loading the model"):
        bundle, version = asked_model(config.tracking, config.model, config.name, log, config.train)
    refuse_other_definition(bundle.facts, config.train.definition, config.overrides)
    live, settings = is_live(config.source, config.as_of), config.segments
    found = segments(settings, bundle, log, engine, config.score, model_version=version, live=live, progress=progress)
    path = write(found, settings.output)
    if not config.quiet:
        show(found, path, progress, config.overrides)


if __name__ == "__main__":
    run("segments", "Tell the segments of a base, and what its most valuable customers began with.", main)
