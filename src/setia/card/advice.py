"""What is recommended for one customer: by money where the model counts it, else by the segment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from setia.bundle import Bundle
from setia.card.parts import Action, Advice, Contact
from setia.engine import Engine
from setia.history import Prepared
from setia.policy import Divest, Policy, Retain, Stakes, WinBack, sureness
from setia.policy.ground import LAPSED, Ground
from setia.source import Log

if TYPE_CHECKING:
    import pyarrow as pa

#: What each segment calls for, of a model that knows no money.
BY_SEGMENT: Final[Mapping[str, Action]] = {
    "save": "contact",
    "win_back": "contact",
    "keep": "serve",
    "grow": "grow",
    "new": "welcome",
    "reprice": "reprice",
    "let_go": "spare",
}
#: The columns of the score table that are called otherwise among the stakes.
_RENAMED: Final = {"leaving": "value_leaving", "gone": "value_gone"}
_TEXT: Final = ("customer_id", "status", "segment")


def advice(
    bundle: Bundle,
    log: Log,
    engine: Engine,
    prepare: Callable[[], Prepared],
    row: pa.Table,
    policy: Policy | Divest | None,
    margin: float,
) -> Advice:
    """Return what to do with the customer of a row of the score table (with `setia.card.scored.MORE`).

    Who has lapsed is judged by the policy win_back, everybody else by retain: by `policy` where it is of that kind,
    else by its defaults. A contact is recommended where it is expected to bring more than it costs; what a campaign
    may have measured since is `make act`'s. Who costs more than they bring, to the upper bound of clv, is parted with
    decently; whose segment is reprice, no offer will mend. `margin`: the share of revenue that is
    profit, of no account where value is profit itself.
    """
    segment, clv_hi = (row[name][0].as_py() for name in ("segment", "clv_hi"))
    if bundle.facts.basis == "purchases":
        return Advice(BY_SEGMENT[segment])
    contact = _contact(bundle, log, engine, prepare, row, policy, margin)
    return Advice(_action(segment, clv_hi, contact.profit), contact)


def _action(segment: str, clv_hi: float | None, profit: float) -> Action:
    if segment == "let_go" and clv_hi is not None and clv_hi < 0:
        return "part"
    if segment != "reprice" and profit > 0:
        return "contact"
    by_segment = BY_SEGMENT[segment]
    return "refrain" if by_segment == "contact" else by_segment


def _contact(
    bundle: Bundle,
    log: Log,
    engine: Engine,
    prepare: Callable[[], Prepared],
    row: pa.Table,
    policy: Policy | Divest | None,
    margin: float,
) -> Contact:
    facts = bundle.facts
    kind = WinBack if row["status"][0].as_py() == LAPSED else Retain
    used = policy if isinstance(policy, kind) else kind()
    share = 1.0 if facts.basis == "profit" else margin
    left = share if bundle.margin is None else bundle.margin.share
    ground = Ground(_stakes(row).times(share), log, prepare, engine, facts.horizon_days, left)
    expected = used.appraise(ground).expected
    offer, sure = used.offer, sureness(expected, used.doubt)
    return Contact(
        used.name,
        float(expected.profit[0]),
        float(sure.pays[0]),
        offer.contact_cost,
        offer.cost,
        offer.keep_chance,
        None if facts.basis == "profit" else margin,
    )


def _stakes(row: pa.Table) -> Stakes:
    content: dict[str, Any] = {}
    for name in Stakes.__dataclass_fields__:
        column = row[_RENAMED.get(name, name)]
        if name in _TEXT:
            content[name] = np.array(column.to_pylist(), dtype=object)
        else:
            content[name] = np.asarray(column.to_numpy(), dtype=np.float64)
    return Stakes(**content)
