"""One HTML file for people: who is leaving, what they are worth, what to do first: `make report`."""

from __future__ import annotations

from setia.config import Config, run


def main(config: Config) -> None:
    """Score the log, go through every stage that the report tells of, and write the page."""
    from setia.config.stages import stages_of
    from setia.engine import connect
    from setia.progress import Progress
    from setia.report.page import gather, write
    from setia.report.page.showing import show
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
    live = is_live(config.source, config.as_of)
    asked = (config.report, stages_of(config), bundle, log, engine)
    story = gather(*asked, model_version=version, live=live, progress=progress)
    with progress.stage("writing the page"):
        report = write(story, config.report)
    if not config.quiet:
        show(report, progress, config.overrides)


if __name__ == "__main__":
    run("report", "Write one HTML file for people who run no code.", main)
