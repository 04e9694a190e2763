#!/usr/bin/env bash
# Holds a running server to the families of operations through the AWS CLI, in its own ways of writing: shorthand for patch
# operations and maps, documents from files, answers into files, pages with --max-items.
#
# usage: families.sh [CONTROL_URL [GATEWAY_URL]]
#
# Addresses and keys are found as put_integration.sh finds them. Needs aws, curl and python3. Exits with status 1 where something
# does not hold.
set -euo pipefail
control=${1:-${SLUICE_CONTROL_URL:-http://127.0.0.1:4567}}
gateway=${2:-${SLUICE_GATEWAY_URL:-http://127.0.0.1:8080}}
export AWS_ACCESS_KEY_ID=${AWS_ACCESS_KEY_ID:-123456789012} AWS_SECRET_ACCESS_KEY=${AWS_SECRET_ACCESS_KEY:-test}
export AWS_DEFAULT_REGION=${AWS_DEFAULT_REGION:-us-east-1} AWS_MAX_ATTEMPTS=1 AWS_DEFAULT_OUTPUT=text AWS_PAGER=''
export AWS_ENDPOINT_URL_API_GATEWAY=$control
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

checks=0 failed=0
apigw() { aws apigateway "$@"; }

# same WHAT WANT COMMAND... runs a command that must print WANT.
same() {
	local what=$1 want=$2 got
	shift 2
	checks=$((checks + 1))
	if ! got=$("$@" 2>&1) || [ "$got" != "$want" ]; then
		failed=$((failed + 1))
		printf '%s\n  got  %s\n  want %s\n' "$what" "$got" "$want"
	fi
}

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

# APIs, resources, methods.
api=$(apigw create-rest-api --name cli --endpoint-configuration types=REGIONAL --tags a=b --query id)
same 'update' $'renamed\t4' apigw update-rest-api --rest-api-id "$api" --query '[name,minimumCompressionSize]' --patch-operations \
	op=replace,path=/name,value=renamed op=replace,path=/minimumCompressionSize,value=4
root=$(apigw get-resources --rest-api-id "$api" --query 'items[0].id')
pets=$(apigw create-resource --rest-api-id "$api" --parent-id "$root" --path-part pets --query id)
at=(--rest-api-id "$api" --resource-id "$pets" --http-method GET)
same 'method' $'GET\tNONE' apigw put-method "${at[@]}" --authorization-type NONE --request-parameters method.request.querystring.q=false --query '[httpMethod,authorizationType]'
same 'integration' 'MOCK' apigw put-integration "${at[@]}" --type MOCK --request-templates '{"application/json": "{\"statusCode\": 200}"}' --query type
same 'method response' '200' apigw put-method-response "${at[@]}" --status-code 200 --response-parameters method.response.header.A=true --query statusCode
same 'integration response' '200' apigw put-integration-response "${at[@]}" --status-code 200 --query statusCode \
	--response-parameters '{"method.response.header.A": "'"'b'"'"}' --response-templates '{"application/json": "{\"q\": \"$input.params(\"q\")\"}"}'
same 'page by page' '2' apigw get-resources --rest-api-id "$api" --page-size 1 --output json --query 'length(items)'
refused 'unknown resource' '(NotFoundException) when calling the GetResource operation: Invalid Resource identifier specified' \
	apigw get-resource --rest-api-id "$api" --resource-id none

# Deployments and stages.
deployment=$(apigw create-deployment --rest-api-id "$api" --stage-name prod --variables color=blue,size=2 --query id)
same 'variables' 'blue' apigw get-stage --rest-api-id "$api" --stage-name prod --query variables.color
same 'stage' 'red' apigw update-stage --rest-api-id "$api" --stage-name prod --query variables.color --patch-operations op=replace,path=/variables/color,value=red
same 'call' '{"q": "7"}' curl -sS "$gateway/_aws/execute-api/$api/prod/pets?q=7"
refused 'deployment in use' '(BadRequestException) when calling the DeleteDeployment operation' apigw delete-deployment --rest-api-id "$api" --deployment-id "$deployment"
same 'tags' 'b' apigw get-tags --resource-arn "arn:aws:apigateway:$AWS_DEFAULT_REGION::/restapis/$api" --query tags.a

# Models, validators, gateway responses, authorizers, documentation.
same 'model' 'Pet' apigw create-model --rest-api-id "$api" --name Pet --content-type application/json --schema '{"type":"object"}' --query name
same 'validator' $'all\tTrue' apigw create-request-validator --rest-api-id "$api" --name all --validate-request-body --query '[name,validateRequestBody]'
same 'gateway response' '418' apigw put-gateway-response --rest-api-id "$api" --response-type DEFAULT_4XX --status-code 418 --query statusCode
same 'authorizer' 'pool' apigw create-authorizer --rest-api-id "$api" --name pool --type COGNITO_USER_POOLS --identity-source method.request.header.Authorization \
	--provider-arns arn:aws:cognito-idp:us-east-1:123456789012:userpool/p --query name
same 'documentation part' 'METHOD' apigw create-documentation-part --rest-api-id "$api" --location type=METHOD,path=/pets,method=GET \
	--properties '{"description": "all pets"}' --query location.type
same 'documentation version' '1' apigw create-documentation-version --rest-api-id "$api" --documentation-version 1 --stage-name prod --query version

# Documents, to and from files.
same 'export' 'application/octet-stream' apigw get-export --rest-api-id "$api" --stage-name prod --export-type oas30 --accepts application/yaml \
	--parameters extensions=apigateway --query contentType "$work/api.yaml"
other=$(apigw import-rest-api --body "fileb://$work/api.yaml" --fail-on-warnings --query id)
same 'imported' $'/\n/pets' bash -c "aws apigateway get-resources --rest-api-id $other --query 'items[].[path]' | sort"
same 'put' 'renamed' apigw put-rest-api --rest-api-id "$other" --mode overwrite --body "fileb://$work/api.yaml" --query name
printf 'openapi: 3.0.1\ninfo: {title: [\n' >"$work/broken.yaml"
refused 'broken document' 'Unable to read the document' apigw put-rest-api --rest-api-id "$other" --mode merge --body "fileb://$work/broken.yaml"
same 'SDK' 'application/octet-stream' apigw get-sdk --rest-api-id "$api" --stage-name prod --sdk-type javascript --query contentType "$work/sdk.zip"
checks=$((checks + 1))
python3 -m zipfile -t "$work/sdk.zip" >/dev/null || failed=$((failed + 1))

# Keys and plans.
key=$(apigw create-api-key --name key --enabled --value 0123456789abcdefghij --query id)
same 'key' '0123456789abcdefghij' apigw get-api-key --api-key "$key" --include-value --query value
plan=$(apigw create-usage-plan --name plan --api-stages "apiId=$api,stage=prod" --throttle rateLimit=10,burstLimit=5 --quota limit=100,period=DAY --query id)
same 'plan key' 'API_KEY' apigw create-usage-plan-key --usage-plan-id "$plan" --key-id "$key" --key-type API_KEY --query type
same 'keys of the plan' "$key" apigw get-usage-plan-keys --usage-plan-id "$plan" --query 'items[].id'
refused 'plan with stages' '(BadRequestException) when calling the DeleteUsagePlan operation' apigw delete-usage-plan --usage-plan-id "$plan"

# Domain names.
same 'domain' 'api.example.com' apigw create-domain-name --domain-name api.example.com --endpoint-configuration types=REGIONAL \
	--regional-certificate-arn arn:aws:acm:us-east-1:123456789012:certificate/0f2b9ae4-0000-4000-8000-000000000001 --query domainName
same 'mapping' 'v1' apigw create-base-path-mapping --domain-name api.example.com --base-path v1 --rest-api-id "$api" --stage prod --query basePath

# Private networks.
link=$(apigw create-vpc-link --name link --target-arns arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/a/50dc6c495c0c9188 --query id)
same 'VPC link' 'AVAILABLE' apigw get-vpc-link --vpc-link-id "$link" --query status
certificate=$(apigw generate-client-certificate --description c --query clientCertificateId)
same 'client certificate' 'c' apigw get-client-certificate --client-certificate-id "$certificate" --query description

same 'test' '200' apigw test-invoke-method "${at[@]}" --path-with-query-string '/pets?q=1' --query status
same 'account' '10000.0' apigw get-account --query throttleSettings.rateLimit

# And away with it.
same 'delete mapping' '' apigw delete-base-path-mapping --domain-name api.example.com --base-path v1
same 'delete domain' '' apigw delete-domain-name --domain-name api.example.com
same 'plan without stage' 'plan' apigw update-usage-plan --usage-plan-id "$plan" --patch-operations "op=remove,path=/apiStages,value=$api:prod" --query name
same 'delete plan' '' apigw delete-usage-plan --usage-plan-id "$plan"
same 'delete key' '' apigw delete-api-key --api-key "$key"
same 'delete link' '' apigw delete-vpc-link --vpc-link-id "$link"
same 'delete certificate' '' apigw delete-client-certificate --client-certificate-id "$certificate"
for id in "$api" "$other"; do
	same 'delete API' '' apigw delete-rest-api --rest-api-id "$id"
done
same 'nothing is left' '' apigw get-rest-apis --query 'items[].id'

echo "AWS CLI, families: $((checks - failed)) of $checks checks hold"
[ "$failed" = 0 ]
