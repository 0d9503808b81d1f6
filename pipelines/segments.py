"""The segments of a base, and what its most valuable customers began with: `make segments`."""

from __future__ import annotations

from setia.config import Config, run


def main(config: Config) -> None:
    """Score the log, add its customers up by segment, and compare first purchases."""
    from setia.act import segments
    from setia.config.opening import opened
    from setia.progress import Progress
    from setia.report.segments import show, write

    progress = Progress(quiet=config.quiet)
    it = opened(config, progress)
    asked = (config.segments, it.bundle, it.log, it.engine, config.score)
    found = segments(*asked, model_version=it.version, live=it.live, progress=progress)
    path = write(found, config.segments.output)
    if not config.quiet:
        show(found, path, progress, config.overrides)


if __name__ == "__main__":
    run("segments", "Tell the segments of a base, and what its most valuable customers began with.", main)
