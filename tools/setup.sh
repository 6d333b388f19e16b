#!/bin/sh
# Make .venv from uv.lock. Needs Python 3.11 or newer and nothing else: where uv does not work, pip puts it into .venv.
# Usage: setup.sh run | dev (dev adds what tests and checks need). PYTHON names the interpreter, if it is a special one.
set -eu
cd "$(dirname "$0")/.."
unset PYTHONDONTWRITEBYTECODE VIRTUAL_ENV PYTHONHOME
# Compiled once here, imports of every notebook's kernel take a third of the time.
export UV_COMPILE_BYTECODE=1 UV_PYTHON_DOWNLOADS=never UV_PROJECT_ENVIRONMENT=.venv

stop() {
    printf '%s\n' "$1" >&2
    exit 6
}

# Run each candidate instead of looking it up: shims of version managers exist and fail.
found=
for python in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
    if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        found=$python
        break
    fi
done
test -n "$found" ||
    stop "'${PYTHON:-python3}' is no Python 3.11 or newer that works: install one, or name it: make report PYTHON=/path/to/python3"

if uv --version >/dev/null 2>&1; then
    uv=uv
else
    uv=.venv/bin/uv
    if ! { $uv --version && .venv/bin/python --version; } >/dev/null 2>&1; then
        version=$("$found" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        "$found" -c 'import venv, ensurepip' 2>/dev/null ||
            stop "This Python has no venv. On Debian or Ubuntu: apt-get install python3-venv (or python$version-venv), then the same make again."
        echo "Setting up .venv (about a minute, once) ..."
        "$found" -m venv --clear .venv
        .venv/bin/python -m pip install -qq --disable-pip-version-check 'uv>=0.8' ||
            stop "pip could not install uv into .venv (its reason stands above); with a uv of your own on the PATH, make uses that one."
    fi
    found=.venv/bin/python
fi

# --inexact: what is in .venv beyond the lock (uv itself, the developers' tools) stays.
case $1 in
    run) "$uv" sync --quiet --frozen --inexact --no-dev --python "$found" ;;
    dev) "$uv" sync --quiet --frozen --inexact --extra spark --python "$found" ;;
esac || stop "uv could not set .venv up from uv.lock (its reason stands above)."
test "$1" = run || touch .venv/ready-dev
touch .venv/ready
