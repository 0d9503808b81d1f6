"""The audit that helps a business choose what defection means to it: `make define`."""

from setia.audit.audit import Audit, AuditSettings, audit
from setia.audit.candidates import Candidate, candidates
from setia.audit.verdict import recommend

__all__ = ["Audit", "AuditSettings", "Candidate", "audit", "candidates", "recommend"]
