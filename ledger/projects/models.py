"""Projects, their budgets and their leaders."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, composite, mapped_column

from ledger.db import Base, BigId, word
from ledger.money import Money
from ledger.projects.search import folded


class ProjectState(StrEnum):
    """Whether a project is being prepared, funded, or neither any more."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"


class Theme(StrEnum):
    """What a project is about; visitors filter by it."""

    NATURE = "nature"
    MOBILITY = "mobility"
    CULTURE = "culture"
    SPORT = "sport"
    SOLIDARITY = "solidarity"
    EDUCATION = "education"
    HERITAGE = "heritage"
    ENERGY = "energy"
    OTHER = "other"


class Project(Base):
    """What is funded: a story, a budget, a goal and a closing day, run by somebody for an organisation."""

    __tablename__ = "project"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    slug: Mapped[str] = mapped_column(unique=True)
    source_reference: Mapped[str | None]
    """The number of the project in the list it was imported from; unique in its organisation."""
    title: Mapped[str]
    summary: Mapped[str] = mapped_column(default="")
    story: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="fr")
    theme: Mapped[Theme] = mapped_column(word(Theme), default=Theme.OTHER)
    district: Mapped[str] = mapped_column(default="")
    leader_name: Mapped[str] = mapped_column(default="")
    """How the project presents who runs it; the persons who may act for it are `Leadership` rows."""
    searched: Mapped[str]
    """What visitors search in, folded as their words are (`search.folded`); kept up to date by `_keep_searched`."""
    goal_minor: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str] = mapped_column(sa.String(3))
    goal: Mapped[Money] = composite("goal_minor", "currency")
    state: Mapped[ProjectState] = mapped_column(word(ProjectState))
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    __table_args__ = (
        sa.UniqueConstraint("organisation_id", "source_reference"),
        sa.CheckConstraint("goal_minor > 0", name="goal_positive"),
        sa.CheckConstraint("opens_at < closes_at", name="opens_before_it_closes"),
    )

    @property
    def reference(self) -> str:
        """The name of this project in the book."""
        return f"PRJ{self.id:06d}"


@sa.event.listens_for(Project, "before_insert")
@sa.event.listens_for(Project, "before_update")
def _keep_searched(_mapper: object, _connection: object, project: Project) -> None:
    """Fold anew what visitors search in; here, so that no way of writing a project can forget it."""
    texts = (project.title, project.summary, project.story, project.leader_name, project.district)
    project.searched = folded(" ".join(text for text in texts if text))


class BudgetLine(Base):
    """One thing that the money is for."""

    __tablename__ = "budget_line"

    project_id: Mapped[int] = mapped_column(sa.ForeignKey("project.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str]
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)

    __table_args__ = (sa.CheckConstraint("amount_minor > 0", name="amount_positive"),)


class Leadership(Base):
    """A person who may act for a project and sees what it collects."""

    __tablename__ = "leadership"

    project_id: Mapped[int] = mapped_column(sa.ForeignKey("project.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True, index=True)
    created_at: Mapped[datetime]
