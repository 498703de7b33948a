"""A small forge for each test, and nothing of the machine's own settings."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from tests.service.setup.small import Small


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[Small]:
    """A forge that knows nothing yet; no proxy stands between, and nothing is set."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("API", "GIT", "URL", "TOKEN", "APP_ID", "PRIVATE_KEY_FILE", "WEBHOOK_SECRET"):
        monkeypatch.delenv(f"UPWEIGHT_GITHUB_{name}", raising=False)
        monkeypatch.delenv(f"UPWEIGHT_GITLAB_{name}", raising=False)
    monkeypatch.delenv("UPWEIGHT_PUBLIC_URL", raising=False)
    server = Small()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
