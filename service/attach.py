"""Let every plain forge of a home ring at the service that runs on it: where it listens, and with its own secret.

A forge may have been made for another home, or served at another port: each delivery would be answered 401, or by
nobody. So whoever starts to serve attaches all of them anew.
"""

from __future__ import annotations

from pathlib import Path

from sqlmodel import select

from service.db.engine import Database, store_url
from service.db.tables import Repository
from service.settings import Settings, plain_secret
from webhooks.plain.setup import attach


def attach_all(settings: Settings, url: str) -> list[str]:
    """Attach the home's plain forges to `url`; a sentence for each that rang at another home, or can't be reached.

    Where the operator gave the secrets (UPWEIGHT_PLAIN_SECRET), the file that a forge names is the operator's too.
    """
    secret = None if settings.plain_secrets else plain_secret(settings.home)
    database = Database(store_url(settings))
    with database.read() as session:
        forges = [
            Path(row.address) for row in session.exec(select(Repository).where(Repository.forge == "plain"))
        ]
    database.close()
    said = []
    for folder in forges:
        if not (folder / "HEAD").is_file():
            said.append(f"{folder} is gone; what is pushed there is not heard.")
        elif attach(folder, url, secret):
            said.append(f"{folder} signed with the secret of another home; from now on it rings here.")
    return said
