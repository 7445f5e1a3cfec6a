"""What every view reads: the published table, the catalogue and the plan, read again when they change."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from indicators import catalogue as definitions
from indicators import lake
from indicators.catalogue import Catalogue, Indicator
from indicators.convention import plan as plans
from indicators.convention import status
from indicators.convention.plan import Action, Objective, Plan
from indicators.convention.status import Assessment
from indicators.errors import WorkbenchError
from indicators.present import series, variation

DEFAULT = ("cnam", "93")
PLAN = "plan"


@dataclass(frozen=True)
class Followed:
    """An objective of an action, its figures and where it stands."""

    action: Action
    objective: Objective
    entry: Indicator
    points: list[series.Point]
    assessment: Assessment
    variation: variation.Variation


class Desk:
    """The three things a page is made of; nothing is read before it is asked for."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._stamp: object = None
        self._published: lake.Published | None = None
        self._plan: Plan | None = None
        self._plan_stamp: object = None

    @property
    def folder(self) -> Path:
        return self._folder or lake.in_force()

    @property
    def catalogue(self) -> Catalogue:
        return definitions.load()

    @property
    def published(self) -> lake.Published:
        """The table in force; a new publication is seen at the next page."""
        folder = self.folder
        stamp = (folder, lake.Lake(folder).manifest["publication"])
        if self._published is None or stamp != self._stamp:
            self._published, self._stamp = lake.published(folder), stamp
        return self._published

    @property
    def plan(self) -> Plan | None:
        """The plan beside the data, else the one of the project; a fictional plan never meets real data."""
        folder = next((f for f in (self.folder / PLAN, lake.project() / PLAN) if (f / plans.PLAN_FILE).is_file()), None)
        if folder is None:
            return None
        stamp = (folder, sorted((path.name, path.stat().st_mtime_ns) for path in folder.glob("*.yaml")))
        if stamp != self._plan_stamp:
            self._plan, self._plan_stamp = plans.read(folder, self.catalogue), stamp
        return None if self._plan and self._plan.fictional and not self.published.fictional else self._plan

    def place(self) -> tuple[str, str]:
        """The territory a page opens on: that of the plan."""
        try:
            return (self.plan.level, self.plan.territory) if self.plan else DEFAULT
        except WorkbenchError:
            return DEFAULT

    def followed(self, today: date | None = None, theme: str | None = None) -> list[Followed]:
        """Every objective of the plan with its status, what needs attention first."""
        if not self.plan:
            return []
        found = [self._follow(action, goal, today or date.today()) for action, goal in self.plan.objectives(theme)]
        return sorted(found, key=_urgency)

    def _follow(self, action: Action, goal: Objective, today: date) -> Followed:
        published, catalogue = self.published, self.catalogue
        entry = catalogue.indicator(goal.indicator)
        points = series.history(published, goal.indicator, goal.level, goal.territory)
        verdict = status.assess(goal, points, entry.direction, self.plan.tolerance, action.accepted_until, today)
        varied = variation.of(published, catalogue, entry, goal.level, goal.territory)
        return Followed(action, goal, entry, points, verdict, varied)


def _urgency(one: Followed) -> tuple[int, float]:
    return status.STATUSES.index(one.assessment.status), -(one.assessment.shortfall or 0.0)
