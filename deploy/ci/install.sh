#!/bin/bash
# Installs Upweight's triage half from a checkout into an environment of its own: install.sh CHECKOUT FOLDER
# The versions are those of requirements.lock; only what triage needs is fetched, so not all of its hashes are asked for.
set -euo pipefail
checkout=$1 folder=$2
python=${PYTHON:-python3}
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "$python is missing or older than 3.11; name a newer one (input python)." >&2
    exit 2
fi
"$python" -m venv "$folder"
sed -E '/^ *--hash/d; s/ *\\$//; s/ --hash=.*//' "$checkout/requirements.lock" >"$folder/constraints.txt"
exec "$folder/bin/python" -m pip --disable-pip-version-check --no-input install --quiet \
    --constraint "$folder/constraints.txt" "$checkout"
