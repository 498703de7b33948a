"""The hook by which a project tells us everything: made once, mended when it is asked for again."""

from __future__ import annotations

from webhooks.forge import Denied
from webhooks.gitlab.answers import Hook
from webhooks.gitlab.forge import GitLabForge
from webhooks.gitlab.scheme import PREFIX

EVENTS = {
    "push_events": True,
    "merge_requests_events": True,
    "note_events": True,
    "emoji_events": False,  # we put emoji, and follow none
    "tag_push_events": False,
    "issues_events": False,
    "confidential_issues_events": False,
    "confidential_note_events": False,
}


def register(forge: GitLabForge, address: str, secret: str) -> bool:
    """Let the project deliver to `address`, with this secret; gives whether the hook is new.

    A secret of the form ``whsec_`` signs, and never travels; any other is sent as the token. Raises Denied where our
    token lacks the role Maintainer, or where this GitLab signs no deliveries yet.
    """
    signs = secret.startswith(PREFIX.decode())
    proof = {"token": "", "signing_token": secret} if signs else {"token": secret}
    body = {"url": address, "enable_ssl_verification": address.startswith("https://"), **EVENTS, **proof}
    there = next((one for one in forge.client.each("/hooks", Hook) if one.url == address), None)
    if there is None:
        hook = forge.client.post("/hooks", Hook, **body)
    else:
        hook = forge.client.put(f"/hooks/{there.id}", Hook, **body)
    if signs and not hook.signing_token_present:  # versions that know no such key pass over it
        raise Denied(
            f"{forge.settings.url} signs no deliveries; choose a secret that does not begin with whsec_"
        )
    return there is None
