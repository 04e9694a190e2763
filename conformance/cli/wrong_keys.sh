#!/usr/bin/env bash
# Holds a server that verifies signatures to the service's refusals, through the AWS CLI: a wrong secret, a key that it does
# not know, a session token that is not the key's. The right key must be in the environment.
#
# usage: wrong_keys.sh [CONTROL_URL]
set -euo pipefail
control=${1:-${SLUICE_CONTROL_URL:-http://127.0.0.1:4567}}
: "${AWS_ACCESS_KEY_ID:?the right key must be in the environment}" "${AWS_SECRET_ACCESS_KEY:?}"
export AWS_DEFAULT_REGION=${AWS_DEFAULT_REGION:-us-east-1} AWS_MAX_ATTEMPTS=1 AWS_DEFAULT_OUTPUT=text AWS_PAGER=''

checks=0 failed=0
# refused WHAT WANT COMMAND... runs a command that must fail with a text that contains WANT.
refused() {
	local what=$1 want=$2 got
	shift 2
	checks=$((checks + 1))
	if got=$("$@" 2>&1) || [[ $got != *"$want"* ]]; then
		failed=$((failed + 1))
		printf '%s\n  got  %s\n  want %s\n' "$what" "$got" "$want"
	fi
}

apigw() { aws apigateway "$@" --endpoint-url "$control"; }
api=$(apigw create-rest-api --name keys --query id)
unknown='(UnrecognizedClientException) when calling the CreateRestApi operation: The security token included in the request is invalid.'
mismatch='The request signature we calculated does not match the signature you provided.'

AWS_ACCESS_KEY_ID=AKIDUNKNOWN refused 'unknown key' "$unknown" apigw create-rest-api --name no
AWS_SESSION_TOKEN=wrong refused 'session token' "$unknown" apigw create-rest-api --name no
for command in 'create-rest-api --name no' "create-deployment --rest-api-id $api" "delete-rest-api --rest-api-id $api"; do
	# shellcheck disable=SC2086 # the words of the command
	AWS_SECRET_ACCESS_KEY=wrong refused "wrong secret, $command" "(InvalidSignatureException)" apigw $command
	# shellcheck disable=SC2086
	AWS_SECRET_ACCESS_KEY=wrong refused "wrong secret, $command" "$mismatch" apigw $command
done
refused 'no signature' '(MissingAuthenticationToken' apigw get-rest-apis --no-sign-request

apigw delete-rest-api --rest-api-id "$api"
echo "AWS CLI with wrong keys: $((checks - failed)) of $checks checks hold"
[ "$failed" = 0 ]
