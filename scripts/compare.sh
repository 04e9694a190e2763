#!/usr/bin/env bash
# Measures what requests cost beside nginx, HAProxy and Caddy, and what grows with what is configured; arguments go to bench/compare.
# The three are installed where they are missing and this may install them (Debian, as root); what is missing then is left out.
#
#   scripts/compare.sh [-rounds 9] [-time 500ms] ...
set -euo pipefail
cd "$(dirname "$0")/.."

packages=()
command -v nginx >/dev/null || packages+=(nginx-light)
command -v haproxy >/dev/null || packages+=(haproxy)
command -v caddy >/dev/null || packages+=(caddy)
if [ ${#packages[@]} -gt 0 ] && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
	echo "install ${packages[*]}" >&2
	{ timeout 120 apt-get update -qq && DEBIAN_FRONTEND=noninteractive timeout 300 apt-get install -y -qq --no-install-recommends "${packages[@]}"; } >/dev/null 2>&1 || echo "not installed" >&2
fi

go run ./bench/compare -json bench/out/compare.json -doc docs/performance.md "$@"
