"""Which branches of the rules an input takes: a counter at the head of each, set into the code as it is imported.

Python has no compiler to ask for that. A finder in front of the others parses the modules of one package and puts a
count at the head of every function, branch, loop and handler. It must be there before the package is imported, and
belongs in a process of its own.
"""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType
from typing import Any

COUNTS = "__branches__"
BUCKETS = (0, 1, 2, 3, 4, 4, 4, 4, 5, 5, 5, 5, 5, 5, 5, 5)  # then 6 from 16 on, 7 from 64 on, 8 from 1024 on


class Branches:
    """The counters of all that was imported so far."""

    def __init__(self) -> None:
        self.counts: list[int] = []

    def clear(self) -> None:
        """Begin to count anew."""
        self.counts[:] = [0] * len(self.counts)

    def taken(self) -> set[tuple[int, int]]:
        """The branches that were taken, each with how often, roughly."""
        return {(number, _bucket(count)) for number, count in enumerate(self.counts) if count}

    def watch(self, package: str) -> None:
        """Count in all modules of the package that are imported from now on."""
        sys.meta_path.insert(0, _Finder(package, self.counts))


def _bucket(count: int) -> int:
    if count < len(BUCKETS):
        return BUCKETS[count]
    return 6 if count < 64 else 7 if count < 1024 else 8


class _Finder(MetaPathFinder):
    def __init__(self, package: str, counts: list[int]) -> None:
        self._package, self._counts = package, counts

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name.split(".", 1)[0] != self._package:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is None or spec.origin is None or not isinstance(spec.loader, SourceFileLoader):
            return spec
        loader = _Loader(name, spec.origin, self._counts)
        found = importlib.util.spec_from_file_location(
            name, spec.origin, loader=loader, submodule_search_locations=spec.submodule_search_locations
        )
        return found


class _Loader(SourceFileLoader):
    def __init__(self, name: str, path: str, counts: list[int]) -> None:
        super().__init__(name, path)
        self._counts = counts

    def get_code(self, fullname: str) -> CodeType:
        """Compiled anew each time: what is cached on disk has no counters."""
        tree = ast.parse(self.get_data(self.path), self.path)
        counted = ast.fix_missing_locations(_Counter(self._counts).visit(tree))
        code: CodeType = compile(counted, self.path, "exec", dont_inherit=True)
        return code

    def exec_module(self, module: ModuleType) -> None:
        setattr(module, COUNTS, self._counts)
        super().exec_module(module)


class _Counter(ast.NodeTransformer):
    """Puts `__branches__[n] += 1` at the head of each block that may or may not be reached."""

    def __init__(self, counts: list[int]) -> None:
        self._counts = counts

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        blocks = (ast.FunctionDef, ast.If, ast.For, ast.While, ast.ExceptHandler, ast.With, ast.match_case)
        if isinstance(node, blocks):
            node.body = self._counted(node.body)
        if isinstance(node, ast.If | ast.For | ast.While | ast.Try) and node.orelse:
            node.orelse = self._counted(node.orelse)
        return node

    def _counted(self, body: list[Any]) -> list[Any]:
        number = len(self._counts)
        self._counts.append(0)
        return [ast.parse(f"{COUNTS}[{number}] += 1").body[0], *body]
