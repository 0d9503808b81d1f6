"""From a transaction log to a judged, registered model: `make train`."""

from __future__ import annotations

from setia.config import Config, run


def main(config: Config) -> None:
    """Read the log, train, track, and say how good the model is."""
    from setia.ahead import begin
    from setia.engine import connect
    from setia.progress import Progress
    from setia.report.terminal import show_training
    from setia.source import read
    from setia.tracking import git_commit, load, log_training, name_of, reach
    from setia.training import train

    progress = Progress(quiet=config.quiet)
    engine = connect(config.engine)
    loaded = begin(load)  # MLflow, while the log is read
    with progress.stage("reading the log"):
        log = read(config.source, engine, as_of=config.as_of)
    with progress.stage("reaching the model store"):
        loaded()
        reach(config.tracking, config.name)
    training = train(config.train, log, engine, progress)
    with progress.stage("tracking"):
        every = [training, *training.others]
        registered = [
            log_training(
                each,
                config.tracking,
                name=name_of(each.bundle.facts, config.name, chosen=each is training),
                config_yaml=config.yaml,
                git_commit=git_commit(),
            )
            for each in every
        ]
    if not config.quiet:
        said = [
            f"{found.model_name}{f' version {found.version}' if found.version else ''}: {found.why}"
            for found in registered
        ]
        results = [*(("model", found.uri) for found in registered), ("runs and figures", config.tracking.uri)]
        others = list(zip(training.others, said[1:], strict=True))
        usable = config.tracking.register
        show_training(log, training, said[0], progress, others, config.overrides, results, usable)


if __name__ == "__main__":
    run("train", "Train a defection and a value model on a transaction log and register them.", main)
