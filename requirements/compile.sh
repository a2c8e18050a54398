#!/usr/bin/env bash
# Compiles the lock files: every platform, hashes, wheels only, and no index address in them.
# Called by `make requirements`; ARGS=--upgrade takes newer releases.
set -euo pipefail
cd "$(dirname "$0")/.."

tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
"$BIN/python" -m venv "$tools"
"$tools/bin/python" -m pip --disable-pip-version-check -qq install uv

lock() {
    UV_CUSTOM_COMPILE_COMMAND="make requirements" "$tools/bin/uv" pip compile --quiet \
        --universal --python-version 3.11 --only-binary :all: --generate-hashes \
        --no-emit-index-url --no-emit-find-links pyproject.toml "$@"
}

lock ${ARGS:-} --extra postgres requirements/dev.in -o requirements/dev.txt
# the other two take the same versions, so that one .venv can serve all
lock -c requirements/dev.txt -o requirements/runtime.txt
lock -c requirements/dev.txt requirements/demo.in -o requirements/demo.txt
