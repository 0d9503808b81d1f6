"""What a log teaches about alerts: the clock and beliefs, thresholds, and what alerts would have been worth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from setia.alert.alarms import alarms, at_count, grids, loud, months
from setia.alert.beliefs import Beliefs, marks_of
from setia.alert.clock import clock_of
from setia.alert.episodes import Episodes, checks, episodes_of
from setia.alert.odds import Watching, ever_watched, last_visits
from setia.alert.replay import Quality, quality
from setia.alert.rules import RULES
from setia.alert.settings import AlertSettings
from setia.alert.telling import stakes
from setia.alert.threshold import Levels, levels_of
from setia.defection import Partial
from setia.errors import InputError
from setia.history import Base, Prepared, Visits, joined, visits_of
from setia.panel import kept, thinning
from setia.progress import SILENT, Progress
from setia.source import Log
from setia.timeline import date_of

if TYPE_CHECKING:
    import pyarrow as pa

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
#: A follow-up takes ten usual gaps, but at least a quarter of the log, at most a third, and at most half a year.
GAPS, LEAST_SHARE, MOST_SHARE, MOST_DAYS = 10, 4, 3, 180
#: Nobody who has been silent for longer sets the clock of the base.
ALIVE_DAYS: Final = 90.0
#: Wanted false alarms at which the replay is drawn, as multiples of those that were asked for.
MULTIPLES: Final = (0.25, 0.5, 1.0, 2.0, 4.0)
OURS: Final = "setia"


@dataclass(frozen=True)
class Replay:
    """What alerts would have been worth from `first` to `last`: `qualities` of ours and of plain rules.

    Each rule gives as many alarms as ours; `curve` tells the same for other numbers of false alarms, ours first.
    """

    first: int
    last: int
    episodes: int
    qualities: tuple[Quality, ...]
    curve: tuple[tuple[Quality, ...], ...]


@dataclass(frozen=True)
class Watched:
    """All that a log teaches about alerts up to its last day: thresholds, and a replay (null: too short for one)."""

    follow_up_days: int
    start: int
    thresholds: Floats
    beliefs: Beliefs
    watching: Watching
    levels: Levels
    customers: int
    replay: Replay | None


@dataclass(frozen=True)
class Learnt:
    """What a replay needs beside `watched`: the `visits` of the sample, and the `days` that are gone through.

    `bases`: what was known of the base on the days on which labels are looked at.
    """

    watched: Watched
    visits: Visits
    days: Ints
    bases: dict[int, Base]


def watch(
    settings: AlertSettings,
    prepared: Prepared,
    log: Log,
    seed: int,
    progress: Progress = SILENT,
    *,
    money: bool = True,
) -> Watched:
    """Learn thresholds from a sample of the log's customers, and replay it. `money`: amounts count, not visits alone.

    Raises:
        InputError: the log is too short for any follow-up.
    """
    learnt = learn(settings, prepared, log, seed, progress, money=money)
    watched, follow_up = learnt.watched, learnt.watched.follow_up_days
    if watched.start + follow_up > log.last_day or not (watched.levels.months and learnt.visits.customers):
        return watched
    with progress.stage("replay"):
        definition = Partial(min_expected_visits=settings.min_expected_visits)
        episodes = episodes_of(learnt.visits, definition, learnt.bases, follow_up, watched.start)
        return replace(watched, replay=replayed(settings, learnt, episodes, log.last_day - follow_up // 2))


def learn(
    settings: AlertSettings,
    prepared: Prepared,
    log: Log,
    seed: int,
    progress: Progress = SILENT,
    *,
    money: bool = True,
) -> Learnt:
    """Learn the clock, beliefs and thresholds.

    Raises:
        InputError: the log is too short for any follow-up.
    """
    every = thinning(log.n_customers, 1, settings.max_customers)
    visits = _sample(prepared, log.last_day, every, money=money)
    follow_up = settings.follow_up_days or _follow_up(prepared, log)
    start = log.first_day + max(follow_up, (log.last_day - log.first_day) // 3)
    if start >= log.last_day:
        raise InputError(
            f"{log.name} has {log.last_day - log.first_day + 1} days, {date_of(log.first_day)} to "
            f"{date_of(log.last_day)}: too few to know anybody's pattern with alert.follow_up_days={follow_up}."
        )
    looked = [int(day) for day in checks(start, log.last_day, follow_up) if day >= log.first_day]
    bases = prepared.bases([*looked, start])
    base = bases[start]
    alive = min(base.p99_gap_days or ALIVE_DAYS, ALIVE_DAYS)
    clock = clock_of(visits, log.first_day, log.last_day, base.rate_shape, base.rate_scale_days, alive)
    marks = (marks_of(visits, column) for column in (visits.value, visits.categories))
    beliefs = Beliefs(clock, base.rate_shape, base.rate_scale_days, *marks)
    watching = Watching(follow_up, settings.min_expected_visits, settings.min_visits, follow_up / 2)
    days = np.arange(max(start - settings.cool_days, log.first_day), log.last_day + 1)
    with progress.stage("alarms that chance gives"):
        levels = levels_of(visits, days, beliefs, watching, settings.cool_days, seed)
    visits = ever_watched(visits, beliefs, watching)
    now = sum(int(grid.watched.sum()) for _, grid in grids(visits, days[-1:], beliefs, watching))
    thresholds = levels.thresholds(settings.false_alarms)
    watched = Watched(follow_up, start, thresholds, beliefs, watching, levels, now * every, None)
    return Learnt(watched, visits, days, {day: bases[day] for day in looked})


def _sample(prepared: Prepared, as_of: int, every: int, *, money: bool) -> Visits:
    return _read(list(prepared.chunks.map(partial(_visits_of, as_of=as_of, every=every, money=money))))


def _visits_of(piece: pa.Table, as_of: int, every: int, *, money: bool) -> pa.Table:
    """Return the purchases of one customer in `every` as a table (a kernel)."""
    import pyarrow as pa

    chosen = None if every == 1 else lambda ids: np.asarray(kept(ids, every))
    visits = visits_of(piece, as_of, chosen, money=money)
    columns = {"day": visits.day, "value": visits.value, "categories": visits.categories}
    ids = visits.ids.take(pa.array(visits.customer))
    return pa.table({"id": ids, **{name: column for name, column in columns.items() if column is not None}})


def _read(tables: list[pa.Table]) -> Visits:
    def visits(table: pa.Table) -> Visits:
        import pyarrow as pa
        import pyarrow.compute as pc

        ids = table["id"].combine_chunks()
        new = np.ones(len(ids), dtype=bool)
        if len(ids):
            new[1:] = pc.not_equal(ids[1:], ids[:-1]).to_numpy(zero_copy_only=False)
        starts = np.r_[np.flatnonzero(new), len(ids)].astype(np.int64)
        value, categories = (
            table[name].to_numpy() if name in table.column_names else None for name in ("value", "categories")
        )
        who = ids.take(pa.array(starts[:-1]))
        return Visits(who, np.cumsum(new) - 1, table["day"].to_numpy(), value, categories, starts)

    return joined([visits(table) for table in tables])


def _follow_up(prepared: Prepared, log: Log) -> int:
    length = log.last_day - log.first_day + 1
    gap = prepared.bases([log.last_day])[log.last_day].median_gap_days or 1.0
    wanted = max(GAPS * gap, length / LEAST_SHARE)
    return max(int(min(wanted, length / MOST_SHARE, MOST_DAYS)), 1)


def replayed(settings: AlertSettings, learnt: Learnt, episodes: Episodes, last: int) -> Replay:
    """Go through the log again, from the start to a last day, ours beside the rules at equal numbers of alarms.

    After `last` no alarm could come in time for a defection that is certain by the end of the log.
    """
    found, visits, days = learnt.watched, learnt.visits, learnt.days
    first, cool = found.start, settings.cool_days
    every = [grid for _, grid in grids(visits, days, found.beliefs, found.watching)]
    watched = np.concatenate([grid.watched for grid in every])
    grid = replace(
        every[0],
        odds=np.concatenate([one.odds for one in every], axis=1),
        watched=watched,
        last=last_visits(visits, days),
    )
    rules = {name: np.where(watched, rule(visits, days, grid.last), -np.inf) for name, rule in RULES.items()}
    time = months(watched[:, (days >= first) & (days <= last)])

    def judged(wanted: float) -> tuple[Quality, ...]:
        ours = alarms(loud(grid, found.levels.thresholds(wanted)), days, cool).between(first, last)
        given = {OURS: ours}
        given |= {name: at_count(score, days, cool, len(ours), first, last) for name, score in rules.items()}
        return tuple(
            quality(
                name,
                one,
                stakes(visits, one, days, found.beliefs),
                episodes,
                time,
                settings.lead_days,
                settings.contacts_a_week,
            )
            for name, one in given.items()
        )

    curve = tuple(judged(settings.false_alarms * multiple) for multiple in MULTIPLES)
    return Replay(first, last, len(episodes), curve[MULTIPLES.index(1.0)], curve)
