#!/usr/bin/env bash
# Holds a running server to PutIntegration through the AWS CLI: all parameters for each of the five types, read back;
# the messages that the CLI can provoke; integration responses; a deployment whose integrations are called.
#
# usage: put_integration.sh [CONTROL_URL [GATEWAY_URL]]
#
# Without arguments the URLs are those of SLUICE_CONTROL_URL and SLUICE_GATEWAY_URL, else http://127.0.0.1:4567 and
# http://127.0.0.1:8080. Start the server with --auth off, or have a key of it in the environment. Needs aws, curl and
# python3. Exits with status 1 where something does not hold.
set -euo pipefail
control=${1:-${SLUICE_CONTROL_URL:-http://127.0.0.1:4567}}
gateway=${2:-${SLUICE_GATEWAY_URL:-http://127.0.0.1:8080}}
export AWS_ACCESS_KEY_ID=${AWS_ACCESS_KEY_ID:-test} AWS_SECRET_ACCESS_KEY=${AWS_SECRET_ACCESS_KEY:-test}
export AWS_DEFAULT_REGION=${AWS_DEFAULT_REGION:-us-east-1} AWS_MAX_ATTEMPTS=1 AWS_DEFAULT_OUTPUT=json AWS_PAGER=''

checks=0 failed=0
apigw() { aws apigateway "$@" --endpoint-url "$control"; }
fail() {
	failed=$((failed + 1))
	printf '%s\n  got  %s\n  want %s\n' "$@"
}

# same WHAT GOT WANT compares two JSON documents.
same() {
	checks=$((checks + 1))
	python3 -c 'import json, sys; sys.exit(json.loads(sys.argv[1]) != json.loads(sys.argv[2]))' "$2" "$3" || fail "$@"
}

# refused WHAT MESSAGE COMMAND... runs a command that must fail with "(Type) ...: message".
refused() {
	local what=$1 want=$2 got
	shift 2
	checks=$((checks + 1))
	if got=$(apigw "$@" 2>&1); then
		fail "$what" "$got" "$want"
	fi
	got=$(sed -nE 's/.*An error occurred \((\w+)\)[^:]*: /\1: /p' <<<"$got")
	[ "$got" = "$want" ] || fail "$what" "$got" "$want"
}

api=$(apigw create-rest-api --name conformance --query id --output text)
root=$(apigw get-resources --rest-api-id "$api" --query 'items[0].id' --output text)
pets=$(apigw create-resource --rest-api-id "$api" --parent-id "$root" --path-part pets --query id --output text)
place=(--rest-api-id "$api" --resource-id "$pets" --http-method GET)
apigw put-method "${place[@]}" --authorization-type NONE \
	--request-parameters method.request.querystring.q=false,method.request.header.h=false >/dev/null
apigw put-method-response "${place[@]}" --status-code 200 --response-parameters method.response.header.X=false >/dev/null

refused 'get without integration' 'NotFoundException: Invalid Integration identifier specified' get-integration "${place[@]}"
refused 'response without integration' 'NotFoundException: Invalid Integration identifier specified' \
	put-integration-response "${place[@]}" --status-code 200

# Each type: the least, then everything that it takes.
lambda=arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:pets/invocations
streaming=${lambda/2015-03-31/2021-11-15}
streaming=${streaming/%invocations/response-streaming-invocations}
always='"passthroughBehavior": "WHEN_NO_MATCH", "timeoutInMillis": 29000, "cacheNamespace": "'$pets'", "cacheKeyParameters": []'
full=(--credentials arn:aws:iam::000000000000:role/r --passthrough-behavior NEVER --cache-namespace shared --timeout-in-millis 50
	--content-handling CONVERT_TO_BINARY --tls-config insecureSkipVerification=true --response-transfer-mode BUFFERED
	--request-parameters "integration.request.header.x=method.request.header.h,integration.request.path.id=\"'7'\""
	--request-templates '{"application/json": "$input.body", "text/plain": ""}'
	--cache-key-parameters method.request.querystring.q integration.request.header.x)
all='"credentials": "arn:aws:iam::000000000000:role/r", "passthroughBehavior": "NEVER", "cacheNamespace": "shared", "timeoutInMillis": 50,
	"contentHandling": "CONVERT_TO_BINARY", "tlsConfig": {"insecureSkipVerification": true}, "responseTransferMode": "BUFFERED",
	"requestParameters": {"integration.request.header.x": "method.request.header.h", "integration.request.path.id": "'"'7'"'"},
	"requestTemplates": {"application/json": "$input.body", "text/plain": null},
	"cacheKeyParameters": ["method.request.querystring.q", "integration.request.header.x"]'
for kind in HTTP HTTP_PROXY AWS AWS_PROXY MOCK; do
	case $kind in
	HTTP*) uri='http://example.com/{id}' extra=', "connectionType": "INTERNET"' ;;
	AWS) uri=arn:aws:apigateway:us-east-1:s3:path/bucket/key extra= ;;
	AWS_PROXY) uri=$lambda extra= ;;
	esac
	end=(--integration-http-method POST --uri "$uri") own='"type": "'$kind'", "httpMethod": "POST", "uri": "'$uri'"'$extra
	[ $kind != MOCK ] || { end=() own='"type": "MOCK"'; }
	same "$kind: put" "$(apigw put-integration "${place[@]}" --type $kind "${end[@]}")" "{$own, $always}"
	same "$kind: get" "$(apigw get-integration "${place[@]}")" "{$own, $always}"
	same "$kind: put everything" "$(apigw put-integration "${place[@]}" --type $kind "${end[@]}" "${full[@]}")" "{$own, $all}"
	same "$kind: get everything" "$(apigw get-integration "${place[@]}")" "{$own, $all}"
done
for kind in HTTP HTTP_PROXY; do
	want='{"type": "'$kind'", "httpMethod": "GET", "uri": "http://example.com", "connectionType": "VPC_LINK", "connectionId": "${stageVariables.link}",
		"integrationTarget": "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/x", '$always'}'
	same "$kind through a VPC link" "$(apigw put-integration "${place[@]}" --type $kind --integration-http-method GET --uri http://example.com \
		--connection-type VPC_LINK --connection-id '${stageVariables.link}' \
		--integration-target arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/x)" "$want"
done

# Messages.
frame='BadRequestException: Invalid mapping expression specified: Validation Result: warnings : [], errors : '
put=(put-integration "${place[@]}")
mock=("${put[@]}" --type MOCK)
http=("${put[@]}" --type HTTP --integration-http-method GET)
refused 'unknown method' 'NotFoundException: Invalid Method identifier specified' put-integration "${place[@]:0:4}" --http-method POST --type MOCK
refused 'unknown resource' 'NotFoundException: Invalid Resource identifier specified' put-integration --rest-api-id "$api" --resource-id no --http-method GET --type MOCK
refused 'no verb' 'BadRequestException: Enumeration value for HttpMethod must be non-empty' "${put[@]}" --type HTTP --uri wrong
refused 'wrong verb' 'BadRequestException: Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY' \
	"${put[@]}" --type HTTP --integration-http-method get --uri http://x
refused 'wrong URL' 'BadRequestException: Invalid HTTP endpoint specified for URI' "${http[@]}" --uri wrong
refused 'no URL' 'BadRequestException: Invalid integration URI specified' "${http[@]}"
refused 'no ARN' 'BadRequestException: Invalid ARN specified in the request' "${put[@]}" --type AWS --integration-http-method POST --uri http://x
refused 'function ARN' 'BadRequestException: AWS ARN for integration must contain path or action' \
	"${put[@]}" --type AWS_PROXY --integration-http-method POST --uri arn:aws:lambda:us-east-1:1:function:f
refused 'credentials' 'BadRequestException: Invalid ARN specified in the request' "${mock[@]}" --credentials me
refused 'timeout' 'BadRequestException: Timeout should be between 50 ms and 29000 ms' "${mock[@]}" --timeout-in-millis 29001
refused 'VPC link' 'BadRequestException: ConnectionId should be set to the vpcLinkId or stage variable on connection type VPC_LINK' \
	"${http[@]}" --uri http://x --connection-type VPC_LINK
refused 'undeclared' "${frame}[Invalid mapping expression parameter specified: method.request.header.no]" \
	"${mock[@]}" --request-parameters integration.request.header.x=method.request.header.no
refused 'no expression' "${frame}[Invalid mapping expression specified: bare]" "${mock[@]}" --request-parameters integration.request.header.x=bare
refused 'content type' 'BadRequestException: Validation Result: warnings : [], errors : [Invalid content type specified: 123]' \
	"${mock[@]}" --request-templates '{"123": "x"}'
refused 'cache key' 'BadRequestException: Invalid cache key parameter specified' "${mock[@]}" --cache-key-parameters method.request.header.no
refused 'streaming' 'BadRequestException: Invalid ResponseTransferMode. Cannot use ResponseTransferMode BUFFERED for Lambda functions invoked by InvokeWithResponseStream for AWS_PROXY integrations.' \
	"${put[@]}" --type AWS_PROXY --integration-http-method POST --uri "$streaming"

# Integration responses.
apigw put-integration "${place[@]}" --type MOCK --request-templates '{"application/json": "{\"statusCode\": 200}"}' >/dev/null
same 'response' "$(apigw put-integration-response "${place[@]}" --status-code 200 --selection-pattern '' \
	--response-parameters "method.response.header.X=\"'mocked'\"" --response-templates '{"application/json": "{\"q\": \"$input.params('"'q'"')\"}", "a/b": ""}')" \
	'{"statusCode": "200", "selectionPattern": "", "responseParameters": {"method.response.header.X": "'"'mocked'"'"},
	"responseTemplates": {"application/json": "{\"q\": \"$input.params('"'q'"')\"}", "a/b": null}}'
refused 'second default' 'ConflictException: Integration response with selection pattern default already exists' \
	put-integration-response "${place[@]}" --status-code 500
refused 'status code' "ValidationException: 1 validation error detected: Value 'wrong' at 'statusCode' failed to satisfy constraint: Member must satisfy regular expression pattern: [1-5]\\d\\d" \
	put-integration-response "${place[@]}" --status-code wrong
refused 'no method response' "${frame}[No method response exists for method.]" \
	put-integration-response "${place[@]}" --status-code 404 --selection-pattern 4.. --response-parameters "method.response.header.X=\"'x'\""
refused 'pattern' 'BadRequestException: Invalid regex pattern specified' put-integration-response "${place[@]}" --status-code 404 --selection-pattern '('
same 'patch' "$(apigw update-integration "${place[@]}" --patch-operations op=replace,path=/timeoutInMillis,value=100 --query timeoutInMillis)" 100
refused 'patch path' 'BadRequestException: Invalid patch path /wrong' update-integration "${place[@]}" --patch-operations op=replace,path=/wrong,value=1

# A deployment, called.
apigw create-deployment --rest-api-id "$api" --stage-name v1 >/dev/null
same 'call' "$(curl -s "$gateway/restapis/$api/v1/_user_request_/pets?q=rex")" '{"q": "rex"}'
same 'header' "$(curl -s -o /dev/null -w '{"X": "%header{X}"}' "$gateway/restapis/$api/v1/_user_request_/pets?q=rex")" '{"X": "mocked"}'

apigw delete-rest-api --rest-api-id "$api"
echo "$(aws --version | cut -d' ' -f1): $((checks - failed)) of $checks checks hold"
[ "$failed" = 0 ]
