"""GitHub's own OpenAPI description, to hold requests, answers and webhooks against.

It fits into ``checked=`` of a fake GitHub: what it says of an exchange is kept as a complaint.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jsonschema.protocols import Validator
from openapi_core import Config, OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.templating.paths.exceptions import PathError
from openapi_core.templating.responses.exceptions import ResponseNotFound
from openapi_core.testing import MockRequest, MockResponse
from openapi_schema_validator import OAS30Validator, oas30_format_checker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from service.fake.github.hub import API, Hub
from service.fake.server import Exchange
from service.fake.web import Refusal, Request

PACKAGE, FILE = "@octokit/openapi@23.0.2", "generated/api.github.com.json"
HERE = "http://fake"
PAGES = ("/settings/", "/organizations/")  # pages for people, and Git itself, are no part of the API
ERROR = {
    "type": "object",
    "required": ["message", "documentation_url"],
    "properties": {"message": {"type": "string"}},
}


class Description:
    """The description, read once: two seconds."""

    def __init__(self, file: Path) -> None:
        self.whole: dict[str, Any] = json.loads(file.read_bytes())
        for item in self.whole["paths"].values():  # uploads have a host of their own there, and not here
            for operation in item.values():
                if isinstance(operation, dict):
                    operation.pop("servers", None)
        self.whole["servers"] = [{"url": HERE}]
        _mean_null(self.whole)
        _mend_account(self.whole)
        _mend_fork(self.whole)
        self._api = OpenAPI.from_dict(self.whole, config=Config(spec_validator_cls=None))
        resource: Resource[Any] = Resource(contents=self.whole, specification=DRAFT4)
        self._registry = Registry().with_resource("urn:github", resource)
        self._webhooks: dict[str, Validator] = {}

    def checked(self, hub: Hub, exchange: Exchange) -> list[str]:
        """What is wrong with a request that was carried out, and with its answer."""
        asked, given = exchange.request, exchange.answer
        if asked.path.startswith(PAGES) or asked.path.endswith(("/info/refs", "-pack")):
            return []
        request = _request(hub, asked)
        said = f"{asked.method} {asked.path} -> {given.status}"
        complaints = []
        if given.status < 400:
            complaints += _tried(said + " request", lambda: self._api.validate_request(request))
        kind = given.headers.get("Content-Type", "application/json").split(";")[0]
        if given.status == 304 or kind != "application/json" or (given.status == 301):
            return complaints
        response = MockResponse(given.raw(), given.status, dict(given.headers), kind)
        try:
            self._api.validate_response(request, response)
        except ResponseNotFound:  # the description forgets many refusals; they look alike
            wrong = given.status < 400 or not OAS30Validator(ERROR).is_valid(given.body)
            complaints += [f"{said}: no such answer"] if wrong else []
        except (OpenAPIError, PathError) as problem:
            complaints.append(f"{said}: {_deepest(problem)}")
        return complaints

    def hook(self, event: str, action: str, body: bytes) -> list[str]:
        """What is wrong with a webhook's body."""
        name = f"webhook-{event}-{action}".replace("_", "-").rstrip("-")
        if name not in self.whole["components"]["schemas"]:
            return [f"{name} is not described"]
        if name not in self._webhooks:
            schema = {"$ref": f"urn:github#/components/schemas/{name}"}
            self._webhooks[name] = OAS30Validator(
                schema, registry=self._registry, format_checker=oas30_format_checker
            )
        problems = self._webhooks[name].iter_errors(json.loads(body))
        return [f"{name} {problem.json_path}: {problem.message[:300]}" for problem in problems]


def _mean_null(part: Any) -> None:
    """Let `nullable` mean what its authors mean: beside `enum` and `oneOf` it says nothing in OpenAPI 3.0.

    GitHub answers null in all these places (a commit's `author` of whom it knows no account, an open issue's
    `state_reason`), and so do its own examples.
    """
    if isinstance(part, list):
        for one in part:
            _mean_null(one)
    elif isinstance(part, dict):
        for one in part.values():
            _mean_null(one)
        if part.get("nullable") is True:
            if isinstance(part.get("enum"), list) and None not in part["enum"]:
                part["enum"].append(None)
            for word in ("oneOf", "anyOf"):
                if word in part and "type" not in part:
                    part[word].append({"nullable": True, "enum": [None]})


def _mend_account(whole: dict[str, Any]) -> None:
    """An installation's account is a person or an enterprise; in the list of them it is said to be both at once."""
    listed = whole["paths"]["/app/installations"]["get"]["responses"]["200"]["content"]["application/json"]
    account = listed["schema"]["items"]["properties"]["account"]
    if "allOf" in account:
        account["anyOf"] = account.pop("allOf")


def _mend_fork(whole: dict[str, Any]) -> None:
    """The repository of a head is null once the fork is gone: webhooks are said to tell it so, and answers are not."""
    for name in ("pull-request", "pull-request-simple"):
        head = whole["components"]["schemas"][name]["properties"]["head"]["properties"]
        head["repo"] = {"oneOf": [head["repo"], {"nullable": True, "enum": [None]}]}


def _request(hub: Hub, asked: Request) -> MockRequest:
    """As openapi-core takes it: parts of a path that hold slashes are quoted, since it knows no such parts."""
    path = hub.by_name(asked.path.removeprefix(API))
    try:
        route, place = hub.table.find(asked.method, path)
        path = route.path
        for name, value in place.items():
            path = path.replace(f"{{{name}+}}", quote(value, safe="")).replace(
                f"{{{name}}}", quote(value, safe="")
            )
    except Refusal:
        pass
    kind = asked.headers.get("content-type", "application/json")
    return MockRequest(
        HERE, asked.method, path, None, dict(asked.query), None, dict(asked.headers), None, asked.body, kind
    )


def _tried(said: str, try_it: Any) -> list[str]:
    try:
        try_it()
    except OpenAPIError as problem:
        return [f"{said}: {_deepest(problem)}"]
    return []


def _deepest(problem: BaseException) -> str:
    """The reason below the reasons."""
    while problem.__cause__ is not None:
        problem = problem.__cause__
    errors = getattr(problem, "schema_errors", None)
    if errors:
        return "; ".join(f"{e.json_path}: {e.message[:300]}" for e in list(errors)[:5])
    return f"{type(problem).__name__}: {problem}"[:500]
