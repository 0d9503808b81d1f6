"""All about one customer, by the champion model: `make customer ID=17850`."""

from __future__ import annotations

from setia.config import Config, run


def main(config: Config) -> None:
    """Look at one customer of the log, print the card, and draw it where a file is named."""
    from setia.card import card
    from setia.engine import connect
    from setia.progress import Progress
    from setia.report.card import show, write
    from setia.scoring import is_live, refuse_other_definition
    from setia.source import read
    from setia.tracking import asked_model

    settings = config.customer
    _ = settings.customer_id  # nobody named: say so before a long log is read
    progress = Progress(quiet=config.quiet)
    engine = connect(config.engine)
    with progress.stage("reading the log"):
        log = read(config.source, engine, as_of=config.as_of)
    with progress.stage("loading the model"):
        bundle, version = asked_model(config.tracking, config.model, config.name, log, config.train)
    refuse_other_definition(bundle.facts, config.train.definition, config.overrides)
    found = card(
        bundle,
        log,
        engine,
        settings,
        config.score,
        policy=config.policy,
        margin=config.act.margin,
        model_version=version,
        live=is_live(config.source, config.as_of),
        progress=progress,
    )
    path = None if settings.output is None else write(found, settings.output)
    if not config.quiet:
        show(found, path, progress, config.overrides)


if __name__ == "__main__":
    run("customer", "Show one customer: purchases, chances, value, reasons, what to do (customer.id=ID).", main)
