"""All about one customer, by the champion model: `make customer ID=17850`."""

from __future__ import annotations

from setia.config import Config, run


def main(config: Config) -> None:
    """Look at one customer of the log, print the card, and draw it where a file is named."""
    from setia.card import card
    from setia.config.opening import opened
    from setia.progress import Progress
    from setia.report.card import show, write

    settings = config.customer
    _ = settings.customer_id  # nobody named: say so before a long log is read
    progress = Progress(quiet=config.quiet)
    it = opened(config, progress)
    found = card(
        it.bundle,
        it.log,
        it.engine,
        settings,
        config.score,
        policy=config.policy,
        margin=config.act.margin,
        model_version=it.version,
        live=it.live,
        progress=progress,
    )
    path = None if settings.output is None else write(found, settings.output)
    if not config.quiet:
        show(found, path, progress, config.overrides)


if __name__ == "__main__":
    run("customer", "Show one customer: purchases, chances, value, reasons, what to do (customer.id=ID).", main)
