"""However the provider's notices come, the end is the same."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.adapters.memory import MemoryGateway
from ledger.books import verify
from ledger.db import Database
from ledger.statements import checks
from tests.factories.organisations import make_organisation
from tests.factories.projects import make_project
from tests.workflows.stories import STORIES, WAYS, Story, Way

Learning = tuple[Way, int]

learnings = st.lists(st.tuples(st.sampled_from(WAYS), st.integers(0, 7)), max_size=4)
"""What is learnt between one act and the next."""

orders = st.lists(st.integers(0, 99), min_size=16, max_size=16)
"""In which order the notices come at last: by these numbers."""


@pytest.mark.parametrize("name", STORIES)
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(between=st.lists(learnings, min_size=6, max_size=6), order=orders)
def test_notices_late_twice_and_in_any_order_end_in_the_same_states_and_the_same_book(
    town: MemoryGateway, database: Database, name: str, between: list[list[Learning]], order: list[int]
) -> None:
    plain = told_in_order(Story(database, town), name)
    story = Story(database, town)
    for act, learnt in zip(STORIES[name], between, strict=False):
        act(story)
        for way, number in learnt:
            way(story, number)
    for number in sorted(range(len(story.events)), key=lambda n: order[n % len(order)]):
        story.hear(number)
    while story.read:
        story.act(order[len(story.read) % len(order)])
    assert story.outcome() == plain
    with database.reading() as session:
        assert verify.verify(session, more=[checks.projects_agree]) == ()


@pytest.fixture
def town(database: Database, frozen_now: datetime) -> MemoryGateway:
    """A provider, and a town with one project."""
    with database.transaction() as session:
        make_project(session, make_organisation(session))
    return MemoryGateway(now=frozen_now)


def told_in_order(story: Story, name: str) -> dict[str, object]:
    """Live through a story that we are told of at once, step by step."""
    heard = 0
    for act in STORIES[name]:
        act(story)
        for number in range(heard, len(story.events)):
            story.hear(number)
        heard = len(story.events)
    return story.outcome()
