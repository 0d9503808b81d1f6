"""The end of every stage: where its results lie, what it took, and what is sensible next, ready to be pasted."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from setia.report.layout import as_is

if TYPE_CHECKING:
    from rich.console import Console

    from setia.progress import Progress

#: Settings that say which log and which model are meant: what comes next must be told the same.
SHARED: Final = (
    *("source", "as_of", "engine", "value", "defection", "horizon_days", "also", "clv_horizon_days"),
    *("discount_rate_annual", "experiment", "name", "model", "tracking", "language"),
)
#: Bare words that Hydra takes for something else than text.
WORDS: Final = ("null", "true", "false", "nan", "inf")
ONCE: Final = ("tracking.register",)  # of the run itself
#: The slowest stages that are told.
SLOWEST: Final = 4
#: What stands in a command where a password was: it is to be put in again.
PASSWORD: Final = "PASSWORD"
#: user:password@ in an address; the password may hold an @ of its own.
_PASSWORD: Final = re.compile(r"(://[^\s:/@'\"]*):[^\s'\"]*@")


@dataclass(frozen=True)
class Step:
    """What is sensible next: why, and the command (None: something that no command does)."""

    why: str
    command: str | None = None


def step(
    why: str, target: str, given: Sequence[str] = (), *more: str, without: Sequence[str] = (), who: str = ""
) -> Step:
    """Return a step that runs `make TARGET` with the settings that were given and matter there.

    Args:
        why: what it is good for, as half a sentence.
        target: of the Makefile.
        given: the overrides of the run that has ended; only those that say which log and which model count.
        more: settings of the step itself; they replace those given.
        without: settings (or groups of them) that do not hold for the step, such as `as_of`.
        who: the customer, where the target asks for one.
    """
    kept: dict[str, str] = {}
    for setting in given:
        name = _name(setting)
        if (group := name.split(".")[0]) in SHARED and not {group, name} & {*ONCE, *without}:
            kept[name] = setting
    kept.update({_name(setting): setting for setting in more})
    return Step(why, make(target, list(kept.values()), who))


def _name(setting: str) -> str:
    return setting.partition("=")[0].lstrip("+")


def setting(name: str, value: str) -> str:
    """Return an override whose value is text, whatever stands in it.

    Quoted as Hydra reads it: a quote is escaped, and so are the backslashes before one and before the end. What
    OmegaConf would take for an interpolation is escaped twice, since the settings are resolved twice.
    """
    if re.fullmatch(r"[A-Za-z_][\w-]*", value) and value.lower() not in WORDS:
        return f"{name}={value}"
    escaped = re.sub(r"(\\*)(\$\{)", r"\1\1\1\1\\\\\\\2", value)
    escaped = re.sub(r"(\\*)('|$)", lambda found: 2 * found[1] + ("\\'" if found[2] else ""), escaped)
    return f"{name}='{escaped}'"


def make(target: str, settings: Sequence[str] = (), who: str = "") -> str:
    """Return `make TARGET ARGS=...` that passes the settings unharmed through the shell, make, and make's own shell."""
    if who:
        target += f" {shlex.quote('ID=' + who)}"
    if not settings:
        return f"make {target}"
    inner = " ".join(shlex.quote(setting) for setting in settings)
    given = inner.replace("$", "$$")  # make takes one of them for its own
    plain = not any(sign in given for sign in '"$`\\!')
    return f'make {target} ARGS="{given}"' if plain else f"make {target} {shlex.quote('ARGS=' + given)}"


def close(out: Console, progress: Progress, results: Sequence[tuple[str, Path | str]], steps: Sequence[Step]) -> None:
    """Print the time, the results and what to do next; paths and commands stand on lines of their own, never broken."""
    from rich.padding import Padding

    out.print()
    _say_time(out, progress)
    if results:
        out.print("[bold]Results[/]")
        room = 2 + max(len(what) for what, _ in results)
        for what, path in results:
            out.print(f"  {what:<{room}}{as_is(without_passwords(_near(path), PASSWORD))}", soft_wrap=True)
    if steps:
        out.print("[bold]Next[/]")
    for each in steps:
        out.print(Padding(f"{as_is(each.why)}{':' if each.command else ''}", (0, 0, 0, 2), expand=False))
        if each.command:
            out.print(f"    [cyan]{as_is(without_passwords(each.command, PASSWORD))}[/]", soft_wrap=True)


def without_passwords(text: str, mark: str = "***") -> str:
    """Return a text in which a mark stands for the password of every address: what is read by many holds none."""
    return _PASSWORD.sub(rf"\1:{mark}@", text)


def _near(path: Path | str) -> str:
    """Return a path as seen from here, where it lies below."""
    place = Path(path)
    return str(place.relative_to(Path.cwd()) if place.is_relative_to(Path.cwd()) else path)


def _say_time(out: Console, progress: Progress) -> None:
    spent = sorted(progress.seconds.items(), key=lambda item: -item[1])
    longest = ", ".join(f"{as_is(name)} {seconds:.1f}" for name, seconds in spent[:SLOWEST] if seconds >= 0.05)
    of_it = f", of which {longest}" if len(spent) > 1 and longest else ""
    out.print(f"Done in {progress.elapsed:.1f} s{of_it}", style="dim")
