"""GitHub's own OpenAPI description, to hold what our client asks against, and what our small GitHub answers.

The small GitHub answers with the fields that we read. Each answer is filled up from the description's own example
before it is checked, so that what we assume of those fields is checked, and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from openapi_core import Config, OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse

from tests.webhooks.github.server import Answer, Asked

HERE = "http://github"
SEVERAL = (
    "/git/ref/",
    "/git/refs/",
    "/compare/",
)  # what follows may hold slashes, and openapi-core knows no such parts


class Described:
    """The description, read once a session: three seconds."""

    def __init__(self, file: Path) -> None:
        self.whole: dict[str, Any] = json.loads(file.read_bytes())
        for item in self.whole["paths"].values():  # files of releases go to a host of their own
            for operation in item.values():
                if isinstance(operation, dict):
                    operation.pop("servers", None)
        self.whole["servers"] = [{"url": HERE}]
        self._api = OpenAPI.from_dict(self.whole, config=Config(spec_validator_cls=None))

    def faults(self, asked: Asked, answer: Answer) -> list[str]:
        """What GitHub would say against a request, and against the answer that was assumed."""
        request = MockRequest(
            HERE, asked.method, _path(asked.path), None, dict(asked.query), None, dict(asked.headers), None,
            asked.body or None, asked.headers.get("content-type", "application/json"),
        )  # fmt: skip
        try:
            self._api.validate_request(request)
            operation = self._operation(asked)
            wrong = [f"there is no {name}" for name in self._unknown(operation, asked)]
            if answer.status < 300 and not answer.forced:
                body = self._whole(operation, answer)
                kind = "" if body is None else "application/json"
                told = b"" if body is None else json.dumps(body).encode()
                self._api.validate_response(request, MockResponse(told, answer.status, content_type=kind))
        except OpenAPIError as problem:
            wrong = [_deepest(problem)]
        return [f"{asked.line} -> {answer.status}: {each}" for each in wrong]

    def _operation(self, asked: Asked) -> Mapping[str, Any]:
        """The operation of a request: the template with the fewest variables that fits."""
        pieces = _path(asked.path).split("/")
        fitting = []
        for template, item in self.whole["paths"].items():
            parts = template.split("/")
            pairs = zip(parts, pieces, strict=False)
            if len(parts) == len(pieces) and all(
                part in (piece, unquote(piece)) or part[:1] == "{" for part, piece in pairs
            ):
                fitting.append((template.count("{"), template, item))
        operation: Mapping[str, Any] = min(fitting)[2][asked.method.lower()]
        return operation

    def _unknown(self, operation: Mapping[str, Any], asked: Asked) -> Iterator[str]:
        """Parameters and fields that it does not name: GitHub would pass over them without a word."""
        named = {self._at(each)["name"] for each in operation.get("parameters", ())}
        yield from (f"parameter {name}" for name in asked.query if name not in named)
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content and asked.body:
            fields = set(self._fields(content["schema"]))
            yield from (f"field {name}" for name in asked.json if name not in fields)

    def _fields(self, schema: Mapping[str, Any]) -> Iterator[str]:
        schema = self._at(schema)
        yield from schema.get("properties", ())
        for kind in ("oneOf", "anyOf", "allOf"):
            for other in schema.get(kind, ()):
                yield from self._fields(other)

    def _whole(self, operation: Mapping[str, Any], answer: Answer) -> Any:
        """An answer with everything of the example that it does not say itself."""
        told = self._at(operation["responses"].get(str(answer.status), {}))
        examples = told.get("content", {}).get("application/json", {}).get("examples", {})
        for example in examples.values():
            return self._over(self._at(example)["value"], answer.body)
        return answer.body

    def _over(self, example: Any, said: Any) -> Any:
        if isinstance(example, dict | None) and isinstance(said, dict):
            spare = {"performed_via_github_app": self.whole["components"]["examples"]["integration"]["value"]}
            there = example or {}
            return {**there, **{k: self._over(there.get(k) or spare.get(k), v) for k, v in said.items()}}
        if isinstance(example, list) and isinstance(said, list) and example:
            return [self._over(example[0], each) for each in said]
        return said

    def _at(self, thing: Mapping[str, Any]) -> Mapping[str, Any]:
        """What a reference stands for."""
        while "$ref" in thing:
            found: Any = self.whole
            for piece in thing["$ref"].removeprefix("#/").split("/"):
                found = found[piece]
            thing = found
        return thing


def _path(path: str) -> str:
    for several in SEVERAL:
        before, found, after = path.partition(several)
        if found:
            return f"{before}{several}{quote(unquote(after), safe='')}"
    return path


def _deepest(problem: BaseException) -> str:
    while problem.__cause__ is not None:
        problem = problem.__cause__
    errors = list(getattr(problem, "schema_errors", None) or ())
    return "; ".join(f"{each.json_path}: {each.message[:200]}" for each in errors[:4]) or repr(problem)[:300]
