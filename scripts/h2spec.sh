#!/usr/bin/env bash
# Holds the gateway's HTTP/2 to h2spec, all sections, against a server that it starts itself. Three cases are known to fail, since
# the standard library's server, which speaks the protocol, departs from RFC 7540 on purpose; one of them that passes fails this
# script, as any other that fails does.
#
#   6.5.3   a SETTINGS frame with a setting twice: the connection is closed, as one that means harm
#   8.1.2.2 a connection-specific header, and TE with another value than "trailers": answered with 400 instead of a reset
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
sed -n '/^Failures:/,$p' "$work/report" | grep '×' | sed -E 's/^ *× [0-9]+: //' | sort >"$work/failed"
sort >"$work/known" <<'END'
Sends a HEADERS frame that contains the TE header field with any value other than "trailers"
Sends a HEADERS frame that contains the connection-specific header field
Sends multiple values of SETTINGS_INITIAL_WINDOW_SIZE
END
grep -q '^145 tests' "$work/report" || { cat "$work/report"; echo "h2spec did not run"; exit 1; }
diff "$work/known" "$work/failed" || { sed -n '/^Failures:/,$p' "$work/report"; echo "other cases fail (>) or pass (<) than are known to fail"; exit 1; }
echo "h2spec: all holds but the cases that are known to fail"
