"""Whom to contact, and whom to leave alone to compare with: `make act`."""

from __future__ import annotations

from setia.config import Config, run


def main(config: Config) -> None:
    """Score the log, choose by the policy, write the list, and only then note the campaign."""
    from setia.act import act, found, name_of, note
    from setia.engine import connect
    from setia.progress import Progress
    from setia.report.act import show, show_found, write
    from setia.scoring import is_live, refuse_other_definition
    from setia.source import read
    from setia.tracking import champion_name, find_champion, load_model

    progress = Progress(quiet=config.quiet)
    engine = connect(config.engine)
    with progress.stage("reading the log"):
        log = read(config.source, engine, as_of=config.as_of)
    before = found(config.act, log, name_of(config.act, config.policy, log))
    if before is not None:
        show_found(before, config.act, log)
        return
    with progress.stage("loading the model"):
        if config.model:
            bundle, version = load_model(config.tracking, config.model)
        else:
            bundle, version = find_champion(config.tracking, config.name or champion_name(log, config.train))
    refuse_other_definition(bundle.facts, config.train.definition, config.overrides)
    made = act(
        config.act,
        config.policy,
        bundle,
        log,
        engine,
        config.score,
        model_version=version,
        live=is_live(config.source, config.as_of),
        seed=config.train.seed,
        progress=progress,
    )
    paths = write(made, config.act)
    note(made, config.act)
    if not config.quiet:
        show(made, paths, progress)


if __name__ == "__main__":
    run("act", "Choose whom to contact, with a control group, within a budget.", main)
