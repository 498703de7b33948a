"""Our client for GitHub against the fake GitHub: what any forge must do, each request and answer as GitHub has it."""

from __future__ import annotations

import pytest

from service.fake.github.play import FakeGitHub
from tests.service.fake.stage import GitHubStage
from tests.webhooks.forge_contract import ForgeContract
from webhooks.known import Where, names, opened


@pytest.mark.slow
@pytest.mark.skipif("github" not in names(), reason="webhooks has no client for GitHub")
class TestGitHub(ForgeContract):
    """The suite, on the fake that proves its own answers."""

    @pytest.fixture
    def stage(self, checked: FakeGitHub) -> GitHubStage:
        """The fake, and the client that an operator's settings lead to."""
        where = Where(checked.repo.full_name, checked.repo.git.path, checked.settings())
        return GitHubStage(checked, opened("github", where))
