#!/bin/sh
# Make .venv anew from requirements.lock, in which every file has its hash, and put the project in it as it lies here.
# Uses uv where it is installed, else venv and pip, and any Python from 3.11 on. Called by make, when something changed.
set -eu

here=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
cd "$here"
is_new_enough='import sys; sys.exit(sys.version_info < (3, 11))'

find_python() {
    for name in python3 python3.14 python3.13 python3.12 python3.11 python; do
        if command -v "$name" >/dev/null 2>&1 && "$name" -c "$is_new_enough" 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    return 1
}

with_uv() {
    uv venv --quiet --python '>=3.11' .venv
    uv pip install --quiet --python .venv/bin/python --require-hashes --compile-bytecode --requirements requirements.lock
    uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .
}

with_pip() {
    python=$(find_python) || {
        echo "Set-up needs Python 3.11 or newer, or uv, and found neither on the PATH." >&2
        exit 1
    }
    "$python" -m venv .venv || {
        echo "$python cannot make a virtual environment (Debian, Ubuntu: apt-get install python3-venv); or install uv." >&2
        exit 1
    }
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
}

rm -rf .venv
if command -v uv >/dev/null 2>&1; then
    echo "Setting up .venv with uv (once)"
    with_uv
else
    echo "Setting up .venv with pip (once)"
    with_pip
fi
# Without bytecode a process takes twice as long to start.
.venv/bin/python -m compileall -q workers producers shared ops
touch .venv/.ready
