#!/usr/bin/env bash
# Holds a running control plane to Terraform's AWS provider: every resource and data source that it has for REST APIs is made,
# changed in place, imported into a second state and taken down; a plan after each step must be empty, and nothing may be left.
# Needs terraform, curl and the provider: from TERRAFORM_PLUGINS, a directory of unpacked providers, else from where terraform
# finds it. Takes about three minutes, one of which the provider waits for domain names.
#
# usage: apply.sh CONTROL_URL
set -euo pipefail
control=${1:?usage: apply.sh CONTROL_URL}
here=$(cd "$(dirname "$0")" && pwd)
export TF_VAR_control=$control TF_IN_AUTOMATION=1 TF_CLI_ARGS=-no-color CHECKPOINT_DISABLE=1
unset AWS_CA_BUNDLE # nothing but the server on this machine is called
[ -e "${TF_CLI_CONFIG_FILE:-/}" ] || unset TF_CLI_CONFIG_FILE
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/first" "$work/second"
cp "$here"/*.tf "$work/first"
cp "$here"/*.tf "$work/second"
cp "$here"/imports.tf.txt "$work/second/imports.tf"
cd "$work/first"

# quietly runs a command and shows what it said only if it fails.
quietly() { "$@" >out.txt 2>&1 || { cat out.txt; return 1; }; }
step() { printf 'terraform: %s (%ss)\n' "$*" "$SECONDS"; }

init() {
	if [ -n "${TERRAFORM_PLUGINS:-}" ]; then
		quietly terraform init -plugin-dir="$TERRAFORM_PLUGINS"
	else
		quietly terraform init
	fi
}

init
for version in 1 2; do
	export TF_VAR_v=$version
	step "apply version $version"
	quietly terraform apply -auto-approve -parallelism=20
	step "plan version $version"
	quietly terraform plan -detailed-exitcode || { echo "terraform: version $version is not what was applied"; exit 1; }
done

step "import"
ids=$(terraform output -json ids)
(
	cd "$work/second"
	init
	quietly terraform plan -var "ids=$ids" -var importing=true
	count=$(grep -c '^import {' imports.tf)
	grep -qx "Plan: $count to import, [01] to add, 0 to change, 0 to destroy." out.txt || { cat out.txt; echo "terraform: an import is not what was applied"; exit 1; }
)

step "destroy"
quietly terraform destroy -auto-approve -parallelism=20
for kind in restapis apikeys usageplans domainnames 'domainnameaccessassociations?resourceOwner=SELF' vpclinks clientcertificates; do
	left=$(curl -sS --aws-sigv4 aws:amz:eu-west-1:apigateway --user "123456789012:x" "$control/$kind")
	[[ $left != *'"item":[{'* && $left == '{'* ]] || { echo "terraform: destroy has left $kind: $left"; exit 1; }
done
step "all holds"
