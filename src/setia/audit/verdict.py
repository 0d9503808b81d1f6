"""The recommendation in words: which definition suits this log, and why."""

from __future__ import annotations

from setia.audit.audit import Audit, Finding
from setia.value import called

#: A definition whose defectors come back in full more often than this cries wolf.
MOST_BACK = 1 / 3
#: One that cannot be told from chance cannot be acted upon.
LEAST_AUC = 0.6
#: A model can tell so little of a rarer event, and so little can be done about a commoner one.
RARE, COMMON = 0.01, 0.7


def faults(finding: Finding) -> list[str]:
    """Return what speaks against a definition on this log, in words."""
    found = []
    if not finding.rates or not any(rate.covered for rate in finding.rates):
        return ["it covers nobody"]
    if finding.rate < RARE:
        found.append(f"only {100 * finding.rate:.1f} % defect")
    if finding.rate > COMMON:
        found.append(f"{_per_cent(finding.rate)} defect, so it hardly tells customers apart")
    if finding.came_back_in_full > MOST_BACK:
        found.append(f"{_per_cent(finding.came_back_in_full)} of the defected are soon back in full")
    foreseen = finding.predictability
    if foreseen is None:
        found.append("too few of a kind to foresee it")
    elif foreseen.model < LEAST_AUC:
        found.append(f"it can hardly be foreseen (AUC {foreseen.model:.2f})")
    return found


def recommend(result: Audit) -> tuple[Finding | None, str]:
    """Return the definition that captures most of the money lost among those without a fault, and why, in words."""
    sound = [finding for finding in result.findings if not faults(finding)]
    if not sound:
        return None, (
            "No definition is without a fault on this log; begin with silence, which needs nothing, and look again "
            "when the log is longer."
        )

    def lost(finding: Finding) -> float:
        return sum(rate.lost for rate in finding.rates)

    best = max(sound, key=lost)
    everything = sum(result.everybody)
    silence = next((finding for finding in result.findings if finding.candidate.definition.name == "silence"), None)
    words = f"Take {best.candidate.label}: {best.candidate.definition.words}."
    if everything > 0:
        words += (
            f" Of those whom it covers {_per_cent(best.rate)} defect per horizon of {result.horizon_days} days, which "
            f"costs {_per_cent(lost(best) / everything)} of all {called(result.basis)}."
        )
    if silence is not None and best is not silence and everything > 0:
        seen = _per_cent(lost(silence) / everything)
        if lost(silence) <= lost(best):
            still = _per_cent(best.still_buying)
            words += f" Silence alone would see {seen}: {still} of these defectors still buy, only less."
        else:
            words += f" Silence would see {seen}, but {'; '.join(faults(silence))}."
    if best.came_back_in_full == best.came_back_in_full:
        words += (
            f" Within {result.follow_up_days} more days {_per_cent(best.came_back_in_full)} of them are back in full."
        )
    if best.predictability is not None:
        words += (
            f" It can be foreseen: AUC {best.predictability.model:.2f} by a quick model, "
            f"{best.predictability.recency:.2f} by days since the last purchase."
        )
    return best, words


def _per_cent(share: float) -> str:
    return f"{100 * share:.0f} %"
