"""Where a commit of ours may go on GitLab, and by whom it is."""

from __future__ import annotations

import pytest

from tests.webhooks.gitlab.conftest import Ground
from webhooks.forge import Denied, Source


def test_a_branch_of_the_project_is_ours_and_a_fork_s_where_its_author_lets_us(ground: Ground) -> None:
    ours, theirs = ground.request(), ground.request("tides", forked=True)
    forge = ground.another(git="https://git.example.org/{path}.git")
    assert forge.source(ours.iid) == Source("https://git.example.org/school/taxonomy.git", "lamps")
    assert forge.source(theirs.iid) == Source("https://git.example.org/ada/taxonomy.git", "tides")
    theirs.collaborates = False
    with pytest.raises(Denied, match='tick "Allow commits from members who can merge'):
        forge.source(theirs.iid)


def test_a_fork_that_is_hidden_from_us_or_gone_is_told(ground: Ground) -> None:
    one = ground.request(forked=True)
    ground.fake.trouble(404, path="/projects/43$")
    with pytest.raises(Denied, match="is gone, or our token may not see it"):
        ground.forge.source(one.iid)
    del ground.fake.project.forks[one.author.id]
    with pytest.raises(Denied, match="is gone"):
        ground.forge.source(one.iid)


def test_a_commit_of_ours_bears_the_address_that_gitlab_knows_us_by(ground: Ground) -> None:
    bot = ground.fake.bot
    assert ground.forge.signature() == (bot.username.title(), f"{bot.username}@noreply.gitlab.example")
