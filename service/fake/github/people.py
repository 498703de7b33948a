"""What people do on GitHub, each as one deed with plain values, for tests and for the control API.

A person is named by a login and is there from then on. A deed tells the App as GitHub would.
"""

from __future__ import annotations

from service.fake.github.contributors import Contributors
from service.fake.github.owners import Owners


class People(Contributors, Owners):
    """Everybody, at one repository."""
