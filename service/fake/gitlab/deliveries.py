"""What a fake GitLab delivers, and what becomes of it on the way: lost, sent twice, late, out of order."""

from __future__ import annotations

import base64
import hmac
import json
import random
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from service.fake.gitlab.state import Json

HEADERS = {
    "merge_request": "Merge Request Hook", "note": "Note Hook", "push": "Push Hook", "issue": "Issue Hook",
}  # fmt: skip


@dataclass(frozen=True)
class Delivery:
    """One delivery, as it is sent and sent again: the id stays (webhooks, "Delivery headers")."""

    id: str
    event: str
    body: bytes

    def headers(self, hook: Json, now: float) -> dict[str, str]:
        """Its headers for a hook: the token, and the signature where the hook has a key for one."""
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "GitLab/18.11",
            "X-Gitlab-Event": self.event,
            "X-Gitlab-Event-UUID": str(uuid.uuid4()),
            "X-Gitlab-Webhook-UUID": str(uuid.uuid4()),
            "Idempotency-Key": self.id,
        }
        if hook.get("token"):
            headers["X-Gitlab-Token"] = hook["token"]
        if hook.get("signing_token"):
            stamp = str(int(now))
            key = base64.b64decode(hook["signing_token"].removeprefix("whsec_"))
            message = f"{self.id}.{stamp}.".encode() + self.body
            made = base64.b64encode(hmac.digest(key, message, "sha256")).decode()
            headers |= {"webhook-id": self.id, "webhook-timestamp": stamp, "webhook-signature": f"v1,{made}"}
        return headers


class Deliveries:
    """Deliveries that wait, in their order; ``send`` posts them to every hook, as luck of this seed has it."""

    def __init__(self, hooks: list[Json], seed: int = 0, clock: Callable[[], float] = time.time) -> None:
        self.waiting: list[Delivery] = []
        self.sent: list[
            tuple[Delivery, int]
        ] = []  # with the status that the door gave; 0 where nobody answered
        self.wake = threading.Event()  # set while something waits
        self._hooks, self._luck, self._clock = hooks, random.Random(seed), clock
        self._lock = threading.Lock()

    def put(self, body: Json) -> Delivery:
        """Keep one to be sent."""
        raw = json.dumps(body).encode()
        with self._lock:
            one = Delivery(str(uuid.UUID(int=self._luck.getrandbits(128))), HEADERS[body["object_kind"]], raw)
            self.waiting.append(one)
        self.wake.set()
        return one

    def send(self, lose: float = 0.0, repeat: float = 0.0, shuffle: bool = False, keep: float = 0.0) -> int:
        """Send what waits; gives how many were posted. Each number is a probability; `keep` leaves one for later."""
        with self._lock:
            going = self._going(lose, repeat, keep)
            if shuffle:
                self._luck.shuffle(going)
        with httpx.Client(timeout=10.0, trust_env=False) as client:
            for one in going:
                for hook in self._hooks:
                    self.sent.append((one, self._post(client, hook, one)))
        return len(going)

    def _going(self, lose: float, repeat: float, keep: float) -> list[Delivery]:
        """Draw what goes now; what is kept waits on."""
        going: list[Delivery] = []
        left: list[Delivery] = []
        for one in self.waiting:
            lost, twice, late = (self._luck.random() for _ in range(3))
            if late < keep:
                left.append(one)
            elif lost >= lose:
                going += [one, one] if twice < repeat else [one]
        self.waiting = left
        return going

    def _post(self, client: httpx.Client, hook: Json, one: Delivery) -> int:
        try:
            headers = one.headers(hook, self._clock())
            return client.post(hook["url"], content=one.body, headers=headers).status_code
        except httpx.HTTPError:
            return 0
