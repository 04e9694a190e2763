package control

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// ok returns the output of a call of the SDK that must succeed.
func ok[Out any](t *testing.T) func(out Out, err error) Out {
	return func(out Out, err error) Out {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}

// TestSDK builds an API with the official client and reads it back in its types.
func TestSDK(t *testing.T) {
	s := newTestServer(t)
	ctx, sdk := t.Context(), s.sdk
	api := ok[*apigateway.CreateRestApiOutput](t)(sdk.CreateRestApi(ctx, &apigateway.CreateRestApiInput{
		Name: new("pets"), EndpointConfiguration: &types.EndpointConfiguration{Types: []types.EndpointType{types.EndpointTypeRegional}}, Tags: map[string]string{"team": "a"},
	}))
	if want := time.Unix(1700000001, 0); !api.CreatedDate.Equal(want) || api.ApiKeySource != types.ApiKeySourceTypeHeader {
		t.Errorf("got API created %v with key source %v, want %v and HEADER", api.CreatedDate, api.ApiKeySource, want)
	}
	resource := ok[*apigateway.CreateResourceOutput](t)(sdk.CreateResource(ctx, &apigateway.CreateResourceInput{
		RestApiId: api.Id, ParentId: api.RootResourceId, PathPart: new("{proxy+}"),
	}))
	validator := ok[*apigateway.CreateRequestValidatorOutput](t)(sdk.CreateRequestValidator(ctx, &apigateway.CreateRequestValidatorInput{
		RestApiId: api.Id, Name: new("body"), ValidateRequestBody: true,
	}))
	authorizer := ok[*apigateway.CreateAuthorizerOutput](t)(sdk.CreateAuthorizer(ctx, &apigateway.CreateAuthorizerInput{
		RestApiId: api.Id, Name: new("pool"), Type: types.AuthorizerTypeCognitoUserPools, IdentitySource: new("method.request.header.Authorization"),
		ProviderARNs: []string{"arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_x"},
	}))
	model := ok[*apigateway.CreateModelOutput](t)(sdk.CreateModel(ctx, &apigateway.CreateModelInput{
		RestApiId: api.Id, Name: new("Pet"), ContentType: new("application/json"), Schema: new(`{"type":"object"}`),
	}))
	ok[*apigateway.PutMethodOutput](t)(sdk.PutMethod(ctx, &apigateway.PutMethodInput{
		RestApiId: api.Id, ResourceId: resource.Id, HttpMethod: new("ANY"), AuthorizationType: new("COGNITO_USER_POOLS"), AuthorizerId: authorizer.Id,
		AuthorizationScopes: []string{"pets/read"}, RequestValidatorId: validator.Id, RequestModels: map[string]string{"application/json": *model.Name},
		RequestParameters: map[string]bool{"method.request.path.proxy": true},
	}))
	ok[*apigateway.PutMethodResponseOutput](t)(sdk.PutMethodResponse(ctx, &apigateway.PutMethodResponseInput{
		RestApiId: api.Id, ResourceId: resource.Id, HttpMethod: new("ANY"), StatusCode: new("200"), ResponseParameters: map[string]bool{"method.response.header.X": false},
	}))
	response := ok[*apigateway.UpdateMethodResponseOutput](t)(sdk.UpdateMethodResponse(ctx, &apigateway.UpdateMethodResponseInput{
		RestApiId: api.Id, ResourceId: resource.Id, HttpMethod: new("ANY"), StatusCode: new("200"),
		PatchOperations: []types.PatchOperation{{Op: types.OpAdd, Path: new("/responseModels/application~1json"), Value: new("Pet")}},
	}))
	got := ok[*apigateway.GetResourceOutput](t)(sdk.GetResource(ctx, &apigateway.GetResourceInput{
		RestApiId: api.Id, ResourceId: resource.Id, Embed: []string{"methods"},
	}))
	want := map[string]types.Method{"ANY": {
		HttpMethod: new("ANY"), AuthorizationType: new("COGNITO_USER_POOLS"), AuthorizerId: authorizer.Id, AuthorizationScopes: []string{"pets/read"},
		ApiKeyRequired: new(false), RequestValidatorId: validator.Id, RequestModels: map[string]string{"application/json": "Pet"},
		RequestParameters: map[string]bool{"method.request.path.proxy": true},
		MethodResponses: map[string]types.MethodResponse{"200": {
			StatusCode: new("200"), ResponseModels: response.ResponseModels, ResponseParameters: map[string]bool{"method.response.header.X": false},
		}},
	}}
	if diff := cmp.Diff(want, got.ResourceMethods, cmpopts.IgnoreUnexported(types.Method{}, types.MethodResponse{})); diff != "" {
		t.Errorf("methods (-want +got):\n%s", diff)
	}
	arn := "arn:aws:apigateway:eu-west-1::/restapis/" + *api.Id
	ok[*apigateway.TagResourceOutput](t)(sdk.TagResource(ctx, &apigateway.TagResourceInput{ResourceArn: &arn, Tags: map[string]string{"x": "y"}}))
	ok[*apigateway.UntagResourceOutput](t)(sdk.UntagResource(ctx, &apigateway.UntagResourceInput{ResourceArn: &arn, TagKeys: []string{"team", "other"}}))
	tags := ok[*apigateway.GetTagsOutput](t)(sdk.GetTags(ctx, &apigateway.GetTagsInput{ResourceArn: &arn}))
	if diff := cmp.Diff(map[string]string{"x": "y"}, tags.Tags); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
	account := ok[*apigateway.GetAccountOutput](t)(sdk.GetAccount(ctx, &apigateway.GetAccountInput{}))
	if account.ThrottleSettings.RateLimit != 10000 || account.ThrottleSettings.BurstLimit != 5000 {
		t.Errorf("got throttle settings %+v, want 10000 and 5000", account.ThrottleSettings)
	}
}

// TestSDKParts changes, reads and deletes the small parts of an API with the official client.
func TestSDKParts(t *testing.T) {
	s := newTestServer(t)
	ctx, sdk := t.Context(), s.sdk
	id, root := s.api()
	replace := func(path, value string) []types.PatchOperation {
		return []types.PatchOperation{{Op: types.OpReplace, Path: &path, Value: &value}}
	}

	validator := ok[*apigateway.CreateRequestValidatorOutput](t)(sdk.CreateRequestValidator(ctx, &apigateway.CreateRequestValidatorInput{RestApiId: &id, Name: new("a")}))
	if got := ok[*apigateway.UpdateRequestValidatorOutput](t)(sdk.UpdateRequestValidator(ctx, &apigateway.UpdateRequestValidatorInput{
		RestApiId: &id, RequestValidatorId: validator.Id, PatchOperations: replace("/validateRequestBody", "true"),
	})); !got.ValidateRequestBody {
		t.Errorf("got validator %+v, want one that validates bodies", got)
	}
	authorizer := ok[*apigateway.CreateAuthorizerOutput](t)(sdk.CreateAuthorizer(ctx, &apigateway.CreateAuthorizerInput{
		RestApiId: &id, Name: new("pool"), Type: types.AuthorizerTypeCognitoUserPools, IdentitySource: new("method.request.header.Authorization"),
		ProviderARNs: []string{"arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_x"},
	}))
	if got := ok[*apigateway.UpdateAuthorizerOutput](t)(sdk.UpdateAuthorizer(ctx, &apigateway.UpdateAuthorizerInput{
		RestApiId: &id, AuthorizerId: authorizer.Id, PatchOperations: replace("/name", "pool2"),
	})); aws.ToString(got.Name) != "pool2" {
		t.Errorf("got authorizer %s, want pool2", aws.ToString(got.Name))
	}

	ok[*apigateway.PutMethodOutput](t)(sdk.PutMethod(ctx, &apigateway.PutMethodInput{RestApiId: &id, ResourceId: &root, HttpMethod: new("GET"), AuthorizationType: new("NONE")}))
	if got := ok[*apigateway.UpdateMethodOutput](t)(sdk.UpdateMethod(ctx, &apigateway.UpdateMethodInput{
		RestApiId: &id, ResourceId: &root, HttpMethod: new("GET"), PatchOperations: replace("/operationName", "listPets"),
	})); aws.ToString(got.OperationName) != "listPets" {
		t.Errorf("got operation name %s, want listPets", aws.ToString(got.OperationName))
	}
	ok[*apigateway.PutMethodResponseOutput](t)(sdk.PutMethodResponse(ctx, &apigateway.PutMethodResponseInput{RestApiId: &id, ResourceId: &root, HttpMethod: new("GET"), StatusCode: new("200")}))
	if got := ok[*apigateway.GetMethodResponseOutput](t)(sdk.GetMethodResponse(ctx, &apigateway.GetMethodResponseInput{
		RestApiId: &id, ResourceId: &root, HttpMethod: new("GET"), StatusCode: new("200"),
	})); aws.ToString(got.StatusCode) != "200" {
		t.Errorf("got method response %s, want 200", aws.ToString(got.StatusCode))
	}
	if got := ok[*apigateway.GetModelTemplateOutput](t)(sdk.GetModelTemplate(ctx, &apigateway.GetModelTemplateInput{RestApiId: &id, ModelName: new("Error")})); aws.ToString(got.Value) == "" {
		t.Error("got no template of the model Error")
	}

	ok[*apigateway.DeleteMethodOutput](t)(sdk.DeleteMethod(ctx, &apigateway.DeleteMethodInput{RestApiId: &id, ResourceId: &root, HttpMethod: new("GET")}))
	ok[*apigateway.DeleteAuthorizerOutput](t)(sdk.DeleteAuthorizer(ctx, &apigateway.DeleteAuthorizerInput{RestApiId: &id, AuthorizerId: authorizer.Id}))
	ok[*apigateway.DeleteRequestValidatorOutput](t)(sdk.DeleteRequestValidator(ctx, &apigateway.DeleteRequestValidatorInput{RestApiId: &id, RequestValidatorId: validator.Id}))
}

// TestSDKDocumentation writes, changes, reads and deletes documentation with the official client.
func TestSDKDocumentation(t *testing.T) {
	s := newTestServer(t)
	ctx, sdk := t.Context(), s.sdk
	id, _ := s.api()
	replace := func(path, value string) []types.PatchOperation {
		return []types.PatchOperation{{Op: types.OpReplace, Path: &path, Value: &value}}
	}
	part := ok[*apigateway.CreateDocumentationPartOutput](t)(sdk.CreateDocumentationPart(ctx, &apigateway.CreateDocumentationPartInput{
		RestApiId: &id, Location: &types.DocumentationPartLocation{Type: types.DocumentationPartTypeApi}, Properties: new(`{"description":"a"}`),
	}))
	ok[*apigateway.UpdateDocumentationPartOutput](t)(sdk.UpdateDocumentationPart(ctx, &apigateway.UpdateDocumentationPartInput{
		RestApiId: &id, DocumentationPartId: part.Id, PatchOperations: replace("/properties", `{"description":"b"}`),
	}))
	got := ok[*apigateway.GetDocumentationPartOutput](t)(sdk.GetDocumentationPart(ctx, &apigateway.GetDocumentationPartInput{RestApiId: &id, DocumentationPartId: part.Id}))
	if want := `{"description":"b"}`; aws.ToString(got.Properties) != want {
		t.Errorf("got properties %s, want %s", aws.ToString(got.Properties), want)
	}
	parts := ok[*apigateway.GetDocumentationPartsOutput](t)(sdk.GetDocumentationParts(ctx, &apigateway.GetDocumentationPartsInput{RestApiId: &id, Type: types.DocumentationPartTypeApi}))
	if len(parts.Items) != 1 {
		t.Errorf("got %d parts, want 1", len(parts.Items))
	}

	ok[*apigateway.CreateDocumentationVersionOutput](t)(sdk.CreateDocumentationVersion(ctx, &apigateway.CreateDocumentationVersionInput{RestApiId: &id, DocumentationVersion: new("1.0")}))
	ok[*apigateway.UpdateDocumentationVersionOutput](t)(sdk.UpdateDocumentationVersion(ctx, &apigateway.UpdateDocumentationVersionInput{
		RestApiId: &id, DocumentationVersion: new("1.0"), PatchOperations: replace("/description", "first"),
	}))
	version := ok[*apigateway.GetDocumentationVersionOutput](t)(sdk.GetDocumentationVersion(ctx, &apigateway.GetDocumentationVersionInput{RestApiId: &id, DocumentationVersion: new("1.0")}))
	if aws.ToString(version.Description) != "first" {
		t.Errorf("got description %s, want first", aws.ToString(version.Description))
	}
	versions := ok[*apigateway.GetDocumentationVersionsOutput](t)(sdk.GetDocumentationVersions(ctx, &apigateway.GetDocumentationVersionsInput{RestApiId: &id}))
	if len(versions.Items) != 1 {
		t.Errorf("got %d versions, want 1", len(versions.Items))
	}
	ok[*apigateway.DeleteDocumentationVersionOutput](t)(sdk.DeleteDocumentationVersion(ctx, &apigateway.DeleteDocumentationVersionInput{RestApiId: &id, DocumentationVersion: new("1.0")}))
	ok[*apigateway.DeleteDocumentationPartOutput](t)(sdk.DeleteDocumentationPart(ctx, &apigateway.DeleteDocumentationPartInput{RestApiId: &id, DocumentationPartId: part.Id}))
}
