package gateway_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/integration"
)

// customise returns a customised gateway response; a template of "" is none.
func customise(kind apigw.GatewayResponseType, status, template string, parameters map[string]string) apigw.GatewayResponse {
	g := apigw.GatewayResponse{ResponseType: &kind, ResponseParameters: parameters}
	if status != "" {
		g.StatusCode = &status
	}
	if template != "" {
		g.ResponseTemplates = map[string]string{"application/json": template}
	}
	return g
}

func TestCustomGatewayResponses(t *testing.T) {
	const (
		missing     = apigw.GatewayResponseTypeMissingAuthenticationToken
		default4xx  = apigw.GatewayResponseTypeDefault4xx
		default5xx  = apigw.GatewayResponseTypeDefault5xx
		badBody     = apigw.GatewayResponseTypeBadRequestBody
		failure     = apigw.GatewayResponseTypeIntegrationFailure
		unsupported = apigw.GatewayResponseTypeAuthorizerConfigurationError
		missingType = "x-amzn-ErrorType: MissingAuthenticationTokenException\n"
		internal    = "x-amzn-ErrorType: InternalServerErrorException\n"
	)
	tests := []struct {
		name    string
		custom  []apigw.GatewayResponse
		request string
		want    string
	}{
		{"status alone keeps the body", []apigw.GatewayResponse{customise(missing, "404", "", nil)}, "GET /v1/none\n\n",
			"404\nContent-Type: application/json\n" + missingType + "\n{\"message\":\"Missing Authentication Token\"}"},
		{"the built-in template, stored, is printed as it is", []apigw.GatewayResponse{customise(default5xx, "", `{"message":$context.error.messageString}`, nil)}, "GET /v1/network\n\n",
			"504\nContent-Type: application/json\n" + internal + "\n{\"message\":\"Network error communicating with endpoint\"}"},
		{"template", []apigw.GatewayResponse{customise(missing, "", `{"m":$context.error.messageString,"t":"$context.error.responseType","p":"$context.path","s":"$stageVariables.color"}`, nil)}, "GET /v1/none\n\n",
			"403\nContent-Type: application/json\n" + missingType + "\n" + `{"m":"Missing Authentication Token","t":"MISSING_AUTHENTICATION_TOKEN","p":"/v1/none","s":"blue"}`},
		{"a template is no VTL", []apigw.GatewayResponse{customise(missing, "", `#set($a = 1)$a$context.none`, nil)}, "GET /v1/none\n\n",
			"403\nContent-Type: application/json\n" + missingType + "\n#set($a = 1)$a"},
		{"headers", []apigw.GatewayResponse{customise(missing, "", "", map[string]string{
			"gatewayresponse.header.Access-Control-Allow-Origin": "'*'",
			"gatewayresponse.header.X-Q":                         "method.request.querystring.q",
			"gatewayresponse.header.X-Missing":                   "method.request.header.X-None",
			"gatewayresponse.header.X-Error":                     "context.error.message",
			"gatewayresponse.header.x-amzn-ErrorType":            "'mine'",
		})}, "GET /v1/none?q=1\n\n",
			"403\nContent-Type: application/json\n" + missingType + "Access-Control-Allow-Origin: *\nX-Error: \"Missing Authentication Token\"\nX-Q: 1\n\n{\"message\":\"Missing Authentication Token\"}"},
		{"the class stands in", []apigw.GatewayResponse{customise(default4xx, "418", `{"x":1}`, nil)}, "GET /v1/none\n\n",
			"418\nContent-Type: application/json\n" + missingType + "\n{\"x\":1}"},
		{"not for the other class", []apigw.GatewayResponse{customise(default5xx, "418", `{"x":1}`, nil)}, "GET /v1/none\n\n", missingTokenAnswer},
		{"the type goes before the class", []apigw.GatewayResponse{customise(default4xx, "418", `{"x":1}`, nil), customise(missing, "404", `{"y":1}`, nil)}, "GET /v1/none\n\n",
			"404\nContent-Type: application/json\n" + missingType + "\n{\"y\":1}"},
		{"a malformed signature has only its class", []apigw.GatewayResponse{customise(missing, "404", `{"y":1}`, nil), customise(default4xx, "", `$context.error.responseType`, nil)}, "GET /v1/none\nAuthorization: x\n\n",
			"403\nContent-Type: application/json\nx-amzn-ErrorType: IncompleteSignatureException\n\nDEFAULT_4XX"},
		{"Forbidden can't be customised", []apigw.GatewayResponse{customise(default4xx, "418", `{"x":1}`, nil)}, "GET /v2\n\n", forbiddenAnswer},
		{"validation failures", []apigw.GatewayResponse{customise(badBody, "", `$context.error.validationErrorString`, nil)}, "POST /v1/body\n\n[]",
			"400\nContent-Type: application/json\nx-amzn-ErrorType: BadRequestException\n\n[instance type (array) does not match any allowed primitive type (allowed: [\"object\"])]"},
		{"a status is kept where none is set", []apigw.GatewayResponse{customise(failure, "", `{"z":1}`, nil)}, "GET /v1/network\n\n",
			"504\nContent-Type: application/json\n" + internal + "\n{\"z\":1}"},
		{"the type's usual status", []apigw.GatewayResponse{customise(unsupported, "500", "", nil)}, "GET /v1/closed\n\n",
			"500\nContent-Type: application/json\nx-amzn-ErrorType: AuthorizerConfigurationException\n\n{\"message\":null}"},
		{"an empty message is null", []apigw.GatewayResponse{customise(default5xx, "", `{"m":$context.error.messageString}`, nil)}, "GET /v1/closed\n\n",
			"500\nContent-Type: application/json\nx-amzn-ErrorType: AuthorizerConfigurationException\n\n{\"m\":null}"},
		{"HEAD has no body", []apigw.GatewayResponse{customise(missing, "", `{"x":1}`, nil)}, "HEAD /v1/none\n\n",
			"403\nContent-Type: application/json\n" + missingType + "\n"},
		{"before the method is known", []apigw.GatewayResponse{customise(default4xx, "", `{"p":"$context.path"}`, nil)}, "POST /v1/body\nContent-Encoding: br\n\nx",
			"415\nContent-Type: application/json\nx-amzn-ErrorType: BadRequestException\n\n{\"p\":\"/v1/body\"}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			body, closed := mockMethod(""), mockMethod("")
			body.RequestValidatorId, closed.AuthorizationType = new("val"), new("CUSTOM")
			w := newWorld().method("POST", "/body", body).method("GET", "/closed", closed)
			w.method("GET", "/network", httpMethod(apigw.IntegrationTypeHttpProxy, "http://h/", nil))
			w.backend = func(*integration.Request, *integration.Response) error {
				return &integration.Error{Kind: integration.Network}
			}
			w.api.RequestValidators = []apigw.RequestValidator{{Id: new("val"), ValidateRequestBody: new(true)}}
			w.api.GatewayResponses = tt.custom
			w.stage.Variables = map[string]string{"color": "blue"}
			if diff := cmp.Diff(tt.want, serve(w.open(t), tt.request)); diff != "" {
				t.Errorf("response differs (-want +got):\n%s", diff)
			}
		})
	}
}

// The template is chosen by what the client accepts first.
func TestGatewayResponseTemplateChoice(t *testing.T) {
	w := newWorld()
	w.api.GatewayResponses = []apigw.GatewayResponse{{
		ResponseType:      new(apigw.GatewayResponseTypeDefault4xx),
		ResponseTemplates: map[string]string{"application/json": "json", "text/html": "html", "application/xml": "xml"},
	}}
	gw := w.open(t)
	for _, tt := range []struct{ accept, want string }{
		{"", "application/json\nx-amzn-ErrorType: MissingAuthenticationTokenException\n\njson"},
		{"text/html, */*", "text/html\nx-amzn-ErrorType: MissingAuthenticationTokenException\n\nhtml"},
		{"image/png, text/html", "application/json\nx-amzn-ErrorType: MissingAuthenticationTokenException\n\njson"},
	} {
		got := serve(gw, "GET /v1\nAccept: "+tt.accept+"\n\n")
		if diff := cmp.Diff("403\nContent-Type: "+tt.want, got); diff != "" {
			t.Errorf("Accept %q: response differs (-want +got):\n%s", tt.accept, diff)
		}
	}
}
