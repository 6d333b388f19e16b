#!/bin/sh
# Every test, in two halves at once: while one waits for a browser or a kernel, the other computes.
set -u
FIRST="tests/spec tests/property"
out=$(mktemp)
trap 'rm -f "$out"' EXIT
# shellcheck disable=SC2086
.venv/bin/pytest $FIRST >"$out" 2>&1 &
other=$!
# shellcheck disable=SC2046
.venv/bin/pytest $(printf -- '--ignore=%s ' $FIRST)
second=$?
wait "$other"
first=$?
cat "$out"
[ "$first" -eq 0 ] && [ "$second" -eq 0 ]
