"""The convention between the agency and the health-insurance funds: its plan, its actions, their follow-up."""
