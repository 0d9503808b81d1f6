"""The panel: features and outcomes, one row per customer and cutoff; the only hand-over from engine to memory."""

from setia.panel.making import make_panel
from setia.panel.panel import Panel, PanelSettings, stack
from setia.panel.sample import kept, thin, thinning

__all__ = ["Panel", "PanelSettings", "kept", "make_panel", "stack", "thin", "thinning"]
