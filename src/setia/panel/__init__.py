"""The panel: features and outcomes, one row per customer and cutoff; the only hand-over from engine to memory."""

from setia.panel.making import make_panel
from setia.panel.panel import FORMER_DAYS, RECENT_DAYS, Panel, PanelSettings, stack
from setia.panel.sample import kept, thin, thinning

__all__ = ["FORMER_DAYS", "RECENT_DAYS", "Panel", "PanelSettings", "kept", "make_panel", "stack", "thin", "thinning"]
