"""The rules, each with the page that its findings point to: why it is there, and what this repository has set."""

from __future__ import annotations

import json
from typing import Any

from litestar import Request, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Template
from sqlmodel import select

from service.db.tables import Repository
from service.policy import Policy, PolicyError
from service.web import render
from triage_rules.rule import Rule, RuleSettings, all_rules, rule_named


@get("/r/{repository:str}/rules", sync_to_thread=True)
def rules(request: Request[Any, Any, Any], repository: FromPath[str]) -> Template:
    """Every rule with its weight in this repository."""
    policy, wrong = _policy(request, repository)
    found = [(rule, _weight(rule, policy.judging.rules[rule.id])) for rule in all_rules()]
    return render.page(request, "rules.html", repository, "Rules", found=found, wrong=wrong)


@get("/r/{repository:str}/rules/{name:str}", sync_to_thread=True)
def rule(request: Request[Any, Any, Any], repository: FromPath[str], name: FromPath[str]) -> Template:
    """One rule: its fault, why it is one, bad and good, and its settings as they hold here."""
    found = rule_named(name)
    if found is None:
        raise NotFoundException(f"There is no rule {name[:60]}.")
    policy, wrong = _policy(request, repository)
    here = policy.judging.rules[found.id]
    return render.page(
        request, "rule.html", repository, found.title, rule=found, wrong=wrong,
        weight_here=_weight(found, here), settings=_settings(found, here),
    )  # fmt: skip


@get("/rules", sync_to_thread=True)
def rules_of_the_first(request: Request[Any, Any, Any]) -> Redirect:
    """The same without a repository: as the first one has it."""
    return _first(request, "")


@get("/rules/{name:str}", sync_to_thread=True)
def rule_of_the_first(request: Request[Any, Any, Any], name: FromPath[str]) -> Redirect:
    """One rule, likewise."""
    return _first(request, name)


def _first(request: Request[Any, Any, Any], name: str) -> Redirect:
    with request.app.state.services.database.read() as session:
        first = session.exec(select(Repository.id)).first()
    if first is None or (name and rule_named(name) is None):
        raise NotFoundException(f"There is no rule {name[:60]}." if first else "Nothing is served yet.")
    return Redirect(f"/r/{first}/rules" + (f"/{name}" if name else ""))


def _policy(request: Request[Any, Any, Any], repository: str) -> tuple[Policy, str]:
    """The repository's policy; where it can't be read, the default and what is wrong with it."""
    try:
        return request.app.state.services.policy(repository), ""
    except PolicyError as error:
        return Policy(), str(error)


def _weight(rule: Rule, here: RuleSettings) -> str:
    return here.weight or rule.weight.name


def _settings(rule: Rule, here: RuleSettings) -> list[dict[str, Any]]:
    """Each setting with its default and what holds here, as TOML would say it."""
    default, now = (each.model_dump(mode="json") for each in (rule.settings(), here))
    default["weight"], now["weight"] = rule.weight.name, _weight(rule, here)
    return [
        {
            "name": name,
            "default": _told(default[name]),
            "here": _told(now[name]),
            "set": default[name] != now[name],
        }
        for name in ("weight", "paths", *(name for name in default if name not in ("weight", "paths")))
    ]


def _told(value: Any) -> str:
    return "not set" if value is None else json.dumps(value, ensure_ascii=False)


ROUTES = [rules, rule, rules_of_the_first, rule_of_the_first]
