#!/bin/sh
# Resolve pyproject.toml into requirements.lock: every package with its hashes, but for torch and what only torch needs.
#
# torch is left out because its CPU, CUDA and ROCm builds have different hashes; requirements-torch.txt names it, and
# is installed first. uv resolves; installing needs plain pip only.
set -eu
cd "$(dirname "$0")/.."
uv=.venv/bin/uv
test -x "$uv" || .venv/bin/python -m pip install --quiet uv
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
grep '^torch==' requirements-torch.txt >"$work/constraints.txt"
resolve() {
    "$uv" pip compile --quiet --generate-hashes --all-extras pyproject.toml --python-version 3.11 \
        --no-emit-index-url --no-header --no-annotate --constraint "$work/constraints.txt" "$@"
}
resolve --output-file "$work/full.lock"
only_torch=$(grep -oE '^(nvidia-[a-z0-9-]+|cuda-[a-z0-9-]+|triton|torch|sympy|mpmath|networkx|setuptools)==' \
    "$work/full.lock" | tr -d = | sed 's/^/--no-emit-package /')
# shellcheck disable=SC2086
resolve $only_torch --output-file requirements.lock
