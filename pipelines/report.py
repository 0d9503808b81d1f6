"""One HTML file for people: who is leaving, what they are worth, what to do first: `make report`."""

from __future__ import annotations

from setia.config import Config, run


def main(config: Config) -> None:
    """Score the log, go through every stage that the report tells of, and write the page."""
    from setia.config.opening import opened
    from setia.config.stages import stages_of
    from setia.progress import Progress
    from setia.report.page import gather, write
    from setia.report.page.showing import show

    progress = Progress(quiet=config.quiet)
    it = opened(config, progress)
    asked = (config.report, stages_of(config), it.bundle, it.log, it.engine)
    story = gather(*asked, model_version=it.version, live=it.live, progress=progress)
    with progress.stage("writing the page"):
        report = write(story, config.report)
    if not config.quiet:
        show(report, progress, config.overrides)


if __name__ == "__main__":
    run("report", "Write one HTML file for people who run no code.", main)
