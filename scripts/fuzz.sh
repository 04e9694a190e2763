#!/bin/sh
# Runs every fuzz target of the module for the time given (default 30s), one after another.
set -eu
time=${1:-30s}
grep -rEo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' . | sed -E 's#^\./(.*)/[^/]+:func (Fuzz.*)#\1 \2#' | sort -u |
while read -r dir name; do
	echo "== $dir $name for $time"
	go test "./$dir" -run '^$' -fuzz "^$name\$" -fuzztime "$time" </dev/null
done
