#!/usr/bin/env bash
# Calls a custom domain name over TLS 1.3 and HTTP/2 with curl, which finds the name by --resolve. The server must run with --auth off
# and a development authority.
#
# usage: tls.sh CONTROL_URL HTTPS_URL AUTHORITY_FILE
set -euo pipefail
control=${1:?usage: tls.sh CONTROL_URL HTTPS_URL AUTHORITY_FILE}
port=${2##*:}
authority=${3:?usage: tls.sh CONTROL_URL HTTPS_URL AUTHORITY_FILE}
name=tls.example.com
failed=0

# call METHOD PATH [JSON] calls the control plane.
call() { curl -sf -X "$1" "$control$2" -H 'Content-Type: application/json' ${3:+-d "$3"}; }

# check WHAT GOT WANT notes a failure unless both are the same.
check() { [ "$2" = "$3" ] || { echo "$1: got $2, want $3"; failed=1; }; }

# fetch [OPTION...] PATH calls the name and prints protocol, status and body.
fetch() { curl -s --cacert "$authority" --resolve "$name:$port:127.0.0.1" -w ' %{http_version} %{http_code}' "${@:1:$#-1}" "https://$name:$port${*: -1}" || echo "curl $?"; }

api=$(call POST '/restapis?mode=import' '{"openapi": "3.0.1", "info": {"title": "tls", "version": "1"}, "paths": {"/": {"get": {
	"responses": {"200": {"description": "ok"}}, "x-amazon-apigateway-integration": {"type": "mock", "requestTemplates": {"application/json": "{\"statusCode\": 200}"},
	"responses": {"default": {"statusCode": "200", "responseTemplates": {"application/json": "hello"}}}}}}}}' | sed -E 's/.*"id":"([^"]+)".*/\1/')
call POST "/restapis/$api/deployments" '{"stageName": "prod"}' >/dev/null
call POST /domainnames "{\"domainName\": \"$name\", \"endpointConfiguration\": {\"types\": [\"REGIONAL\"]}, \"securityPolicy\": \"TLS_1_2\"}" >/dev/null
call POST "/domainnames/$name/basepathmappings" "{\"restApiId\": \"$api\", \"stage\": \"prod\", \"basePath\": \"shop\"}" >/dev/null

check "TLS 1.3 and HTTP/2" "$(fetch --tlsv1.3 --http2 /shop)" "hello 2 200"
check "HTTP/1.1" "$(fetch --http1.1 /shop)" "hello 1.1 200"
check "TLS 1.2" "$(fetch --tls-max 1.2 /shop)" "hello 2 200"
check "TLS 1.1" "$(fetch --tlsv1.1 --tls-max 1.1 --ciphers DEFAULT:@SECLEVEL=0 /shop | sed 's/.*curl/curl/')" "curl 35"
check "no mapping" "$(fetch /)" '{"message":"Forbidden"} 2 403'
check "without trust" "$(curl -s --resolve "$name:$port:127.0.0.1" "https://$name:$port/shop" || echo "curl $?")" "curl 60"

call DELETE "/domainnames/$name" >/dev/null
call DELETE "/restapis/$api" >/dev/null
[ "$failed" = 0 ] && echo "TLS: all holds"
exit "$failed"
