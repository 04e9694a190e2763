#!/usr/bin/env bash
# Holds a running control plane to Terraform's AWS provider: builds an API, changes it in place, changes it back and takes
# it down; after each step a plan must be empty. Needs terraform, and the provider from where terraform finds it.
#
# usage: apply.sh CONTROL_URL
set -euo pipefail
export TF_VAR_control=${1:?usage: apply.sh CONTROL_URL} TF_IN_AUTOMATION=1 TF_CLI_ARGS=-no-color
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$(dirname "$0")"/main.tf "$work"
cd "$work"

# quietly runs a command and shows what it said only if it fails.
quietly() { "$@" >out.txt 2>&1 || { cat out.txt; return 1; }; }

quietly terraform init
for version in 1 2 1; do
	export TF_VAR_v=$version
	quietly terraform apply -auto-approve
	quietly terraform plan -detailed-exitcode || { echo "terraform: version $version is not what was applied"; exit 1; }
done
quietly terraform destroy -auto-approve
echo "terraform: all holds"
