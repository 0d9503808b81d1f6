"""Whom to contact, and whom to leave alone to compare with: `make act`."""

from __future__ import annotations

from setia.config import Config, run


def main(config: Config) -> None:
    """Score the log, choose by the policy, write the list, and only then note it."""
    from setia.act import act, divest, found, name_of, note, note_divested
    from setia.engine import connect
    from setia.policy import Divest
    from setia.progress import Progress
    from setia.report import act as campaigns
    from setia.report import divest as partings
    from setia.report.repeated import show_found
    from setia.scoring import is_live, refuse_other_definition
    from setia.source import read
    from setia.tracking import asked_model

    progress, settings, policy = Progress(quiet=config.quiet), config.act, config.policy
    engine = connect(config.engine)
    with progress.stage("reading the log"):
        log = read(config.source, engine, as_of=config.as_of)
    before = found(settings, log, name_of(settings, policy, log))
    if before is not None:
        if not config.quiet:
            show_found(before, settings, policy, log, progress, config.overrides)
        return
    with progress.stage("loading the model"):
        bundle, version = asked_model(config.tracking, config.model, config.name, log, config.train)
    refuse_other_definition(bundle.facts, config.train.definition, config.overrides)
    live = is_live(config.source, config.as_of)
    asked = (bundle, log, engine, config.score)
    if isinstance(policy, Divest):
        parting = divest(settings, policy, *asked, model_version=version, live=live, progress=progress)
        path = partings.write(parting, settings.folder)
        note_divested(parting, settings)
        if not config.quiet:
            partings.show(parting, path, progress, config.overrides)
        return
    seed = config.train.seed
    made = act(settings, policy, *asked, model_version=version, live=live, seed=seed, progress=progress)
    paths = campaigns.write(made, settings)
    note(made, settings)
    if not config.quiet:
        campaigns.show(made, paths, progress, config.overrides)


if __name__ == "__main__":
    run("act", "Choose whom to contact, with a control group, within a budget.", main)
