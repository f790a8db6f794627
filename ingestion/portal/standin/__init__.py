"""A portal of our own on 127.0.0.1 that speaks the real one's protocol over data made up by us.

Every answer says so in the header `X-Synthetic`, and what is fetched from it goes to the source `portal_standin`.
"""

from ingestion.portal.standin.faults import Fault
from ingestion.portal.standin.server import StandIn

__all__ = ["Fault", "StandIn"]
