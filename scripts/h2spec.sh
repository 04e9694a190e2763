#!/usr/bin/env bash
# Holds the gateway's HTTP/2 to h2spec, all sections, against a server that it starts itself.
#
# usage: h2spec.sh PATH_OF_SLUICE
set -euo pipefail
sluice=$(realpath "${1:?usage: h2spec.sh PATH_OF_SLUICE}")
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT

"$sluice" serve --auth off --data :memory: --control 127.0.0.1:0 --gateway 127.0.0.1:0 --admin off \
	--gateway-tls 127.0.0.1:0 --tls-development "$work/ca" >"$work/log" 2>/dev/null &
server=$!
port=
for _ in $(seq 100); do
	port=$(sed -nE 's/^ *gateway, TLS +https:.*:([0-9]+) .*/\1/p' "$work/log")
	[ -z "$port" ] || break
	kill -0 "$server"
	sleep 0.1
done
go tool -modfile=tools/go.mod h2spec -t -k -p "$port" -o 5 generic http2 hpack >"$work/report" 2>&1 || true
tail -n 1 "$work/report"
grep -q '^145 tests, 145 passed' "$work/report" || { sed -n '/^Failures:/,$p' "$work/report"; echo "h2spec: not all of 145 cases hold"; exit 1; }
echo "h2spec: all holds"
