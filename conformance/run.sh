#!/usr/bin/env bash
# Runs the SDK programs of this directory against servers that it starts itself: boto3 and the AWS CLI against one with
# --auth off, the AWS CLI with right and wrong keys against one with --auth verify. What is not installed is named and left out.
#
# usage: run.sh PATH_OF_SLUICE
set -euo pipefail
sluice=$(realpath "${1:?usage: run.sh PATH_OF_SLUICE}")
cd "$(dirname "$0")"
log=$(mktemp)
principals=$(mktemp) # which nobody else may read
server=
stop() {
	[ -z "$server" ] || kill "$server" 2>/dev/null || true
	[ -z "$server" ] || wait "$server" 2>/dev/null || true
	server=
}
authority=$(mktemp -d)
trap 'stop; rm -rf "$log" "$principals" "$authority"' EXIT

# start AUTH [FLAG...] starts a server and sets control and gateway to its addresses.
start() {
	stop
	: >"$log"
	"$sluice" serve --auth "$@" --data :memory: --control 127.0.0.1:0 --gateway 127.0.0.1:0 --admin off >"$log" 2>/dev/null &
	server=$!
	for _ in $(seq 100); do
		control=$(sed -nE 's/^ *control plane +(http:[^ ]+).*/\1/p' "$log")
		gateway=$(sed -nE 's/^ *gateway +(http:[^ ]+).*/\1/p' "$log")
		[ -z "$control" ] || [ -z "$gateway" ] || return 0
		kill -0 "$server" || break
		sleep 0.1
	done
	echo "the server did not start" >&2
	return 1
}

have_cli() { command -v aws >/dev/null && command -v curl >/dev/null && command -v python3 >/dev/null; }

unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_PROFILE AWS_ENDPOINT_URL
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true no_proxy=127.0.0.1
status=0

if command -v python3 >/dev/null && python3 -c 'import boto3' 2>/dev/null; then
	export PYTHONDONTWRITEBYTECODE=1
	for program in put_integration rest_apis deployments import_export private authorizers api_keys domains; do
		start off
		python3 python/$program.py "$control" "$gateway" || status=1
	done
	start off --require-roles
	python3 python/require_roles.py "$control" || status=1
	cat python/signed.yaml >"$principals"
	start verify --principals "$principals"
	AWS_ACCESS_KEY_ID=$(sed -nE 's/.*AWS_ACCESS_KEY_ID=(\S+).*/\1/p' "$log") \
		AWS_SECRET_ACCESS_KEY=$(sed -nE 's/.*AWS_SECRET_ACCESS_KEY=(\S+).*/\1/p' "$log") \
		python3 python/signed.py "$control" "$gateway" || status=1
	cat python/permissions.yaml >"$principals"
	start verify --principals "$principals"
	AWS_ACCESS_KEY_ID=$(sed -nE 's/.*AWS_ACCESS_KEY_ID=(\S+).*/\1/p' "$log") \
		AWS_SECRET_ACCESS_KEY=$(sed -nE 's/.*AWS_SECRET_ACCESS_KEY=(\S+).*/\1/p' "$log") \
		python3 python/permissions.py "$control" || status=1
else
	echo "boto3: left out, it is not installed"
fi
if have_cli; then
	start off
	cli/put_integration.sh "$control" "$gateway" || status=1
	start off
	cli/families.sh "$control" "$gateway" || status=1
	start verify
	AWS_ACCESS_KEY_ID=$(sed -nE 's/.*AWS_ACCESS_KEY_ID=(\S+).*/\1/p' "$log")
	AWS_SECRET_ACCESS_KEY=$(sed -nE 's/.*AWS_SECRET_ACCESS_KEY=(\S+).*/\1/p' "$log")
	export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
	cli/wrong_keys.sh "$control" || status=1
else
	echo "AWS CLI: left out, aws, curl or python3 is not installed"
fi

if command -v curl >/dev/null; then
	start off --gateway-tls 127.0.0.1:0 --tls-development "$authority"
	cli/tls.sh "$control" "$(sed -nE 's/^ *gateway, TLS +(https:[^ ]+).*/\1/p' "$log")" "$authority/ca.pem" || status=1
else
	echo "TLS: left out, curl is not installed"
fi

# mirror prints the directory of unpacked providers that has the one the configuration asks for.
mirror() {
	local directory
	for directory in "${TERRAFORM_PLUGINS:-}" "$HOME/.terraform.d/plugins" /usr/local/share/terraform/plugins /usr/share/terraform/plugins /opt/*; do
		[ ! -d "$directory/registry.terraform.io/hashicorp/aws/5.100.0" ] || { echo "$directory"; return; }
	done
	return 1
}

if [ -z "${TERRAFORM:-}" ]; then
	echo "Terraform: left out, set TERRAFORM=1 to run it; it takes minutes and wants the AWS provider"
elif [ "$TERRAFORM" = auto ] && ! { command -v terraform && mirror; } >/dev/null; then
	echo "Terraform: left out, terraform or its AWS provider 5.100.0 is not on this machine"
else
	start off
	TERRAFORM_PLUGINS=$(mirror || true) AWS_ACCESS_KEY_ID=123456789012 AWS_SECRET_ACCESS_KEY=x terraform/apply.sh "$control" || status=1
fi
exit $status
