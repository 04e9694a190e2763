package control

import (
	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/protocol/restjson"
)

// Bind makes c serve its operations on mux. It is the index of the control plane: what is not here
// is answered as not implemented.
func (c *Control) Bind(mux *restjson.Mux) {
	// Account.
	restjson.Bind(mux, apigw.GetAccount, c.getAccount)
	restjson.Bind(mux, apigw.UpdateAccount, c.updateAccount)

	// REST APIs.
	restjson.Bind(mux, apigw.CreateRestApi, c.createRestApi)
	restjson.Bind(mux, apigw.DeleteRestApi, c.deleteRestApi)
	restjson.Bind(mux, apigw.GetRestApi, c.getRestApi)
	restjson.Bind(mux, apigw.GetRestApis, c.getRestApis)
	restjson.Bind(mux, apigw.ImportRestApi, c.importRestApi)
	restjson.Bind(mux, apigw.PutRestApi, c.putRestApi)
	restjson.Bind(mux, apigw.UpdateRestApi, c.updateRestApi)

	// Resources.
	restjson.Bind(mux, apigw.CreateResource, c.createResource)
	restjson.Bind(mux, apigw.DeleteResource, c.deleteResource)
	restjson.Bind(mux, apigw.GetResource, c.getResource)
	restjson.Bind(mux, apigw.GetResources, c.getResources)
	restjson.Bind(mux, apigw.UpdateResource, c.updateResource)

	// Methods and their responses.
	restjson.Bind(mux, apigw.DeleteMethod, c.deleteMethod)
	restjson.Bind(mux, apigw.GetMethod, c.getMethod)
	restjson.Bind(mux, apigw.PutMethod, c.putMethod)
	restjson.Bind(mux, apigw.UpdateMethod, c.updateMethod)
	restjson.Bind(mux, apigw.DeleteMethodResponse, c.deleteMethodResponse)
	restjson.Bind(mux, apigw.GetMethodResponse, c.getMethodResponse)
	restjson.Bind(mux, apigw.PutMethodResponse, c.putMethodResponse)
	restjson.Bind(mux, apigw.UpdateMethodResponse, c.updateMethodResponse)
	restjson.Bind(mux, apigw.TestInvokeMethod, c.testInvokeMethod)

	// Integrations and their responses.
	restjson.Bind(mux, apigw.DeleteIntegration, c.deleteIntegration)
	restjson.Bind(mux, apigw.GetIntegration, c.getIntegration)
	restjson.Bind(mux, apigw.PutIntegration, c.putIntegration)
	restjson.Bind(mux, apigw.UpdateIntegration, c.updateIntegration)
	restjson.Bind(mux, apigw.DeleteIntegrationResponse, c.deleteIntegrationResponse)
	restjson.Bind(mux, apigw.GetIntegrationResponse, c.getIntegrationResponse)
	restjson.Bind(mux, apigw.PutIntegrationResponse, c.putIntegrationResponse)
	restjson.Bind(mux, apigw.UpdateIntegrationResponse, c.updateIntegrationResponse)

	// Models.
	restjson.Bind(mux, apigw.CreateModel, c.createModel)
	restjson.Bind(mux, apigw.DeleteModel, c.deleteModel)
	restjson.Bind(mux, apigw.GetModel, c.getModel)
	restjson.Bind(mux, apigw.GetModelTemplate, c.getModelTemplate)
	restjson.Bind(mux, apigw.GetModels, c.getModels)
	restjson.Bind(mux, apigw.UpdateModel, c.updateModel)

	// Request validators.
	restjson.Bind(mux, apigw.CreateRequestValidator, c.createRequestValidator)
	restjson.Bind(mux, apigw.DeleteRequestValidator, c.deleteRequestValidator)
	restjson.Bind(mux, apigw.GetRequestValidator, c.getRequestValidator)
	restjson.Bind(mux, apigw.GetRequestValidators, c.getRequestValidators)
	restjson.Bind(mux, apigw.UpdateRequestValidator, c.updateRequestValidator)

	// Authorizers.
	restjson.Bind(mux, apigw.CreateAuthorizer, c.createAuthorizer)
	restjson.Bind(mux, apigw.DeleteAuthorizer, c.deleteAuthorizer)
	restjson.Bind(mux, apigw.GetAuthorizer, c.getAuthorizer)
	restjson.Bind(mux, apigw.GetAuthorizers, c.getAuthorizers)
	restjson.Bind(mux, apigw.TestInvokeAuthorizer, c.testInvokeAuthorizer)
	restjson.Bind(mux, apigw.UpdateAuthorizer, c.updateAuthorizer)

	// Gateway responses.
	restjson.Bind(mux, apigw.DeleteGatewayResponse, c.deleteGatewayResponse)
	restjson.Bind(mux, apigw.GetGatewayResponse, c.getGatewayResponse)
	restjson.Bind(mux, apigw.GetGatewayResponses, c.getGatewayResponses)
	restjson.Bind(mux, apigw.PutGatewayResponse, c.putGatewayResponse)
	restjson.Bind(mux, apigw.UpdateGatewayResponse, c.updateGatewayResponse)

	// Deployments and stages.
	restjson.Bind(mux, apigw.CreateDeployment, c.createDeployment)
	restjson.Bind(mux, apigw.DeleteDeployment, c.deleteDeployment)
	restjson.Bind(mux, apigw.GetDeployment, c.getDeployment)
	restjson.Bind(mux, apigw.GetDeployments, c.getDeployments)
	restjson.Bind(mux, apigw.UpdateDeployment, c.updateDeployment)
	restjson.Bind(mux, apigw.CreateStage, c.createStage)
	restjson.Bind(mux, apigw.DeleteStage, c.deleteStage)
	restjson.Bind(mux, apigw.GetStage, c.getStage)
	restjson.Bind(mux, apigw.GetStages, c.getStages)
	restjson.Bind(mux, apigw.UpdateStage, c.updateStage)
	restjson.Bind(mux, apigw.FlushStageAuthorizersCache, c.flushStageAuthorizersCache)
	restjson.Bind(mux, apigw.FlushStageCache, c.flushStageCache)
	restjson.Bind(mux, apigw.GetExport, c.getExport)

	// Documentation.
	restjson.Bind(mux, apigw.CreateDocumentationPart, c.createDocumentationPart)
	restjson.Bind(mux, apigw.DeleteDocumentationPart, c.deleteDocumentationPart)
	restjson.Bind(mux, apigw.GetDocumentationPart, c.getDocumentationPart)
	restjson.Bind(mux, apigw.GetDocumentationParts, c.getDocumentationParts)
	restjson.Bind(mux, apigw.ImportDocumentationParts, c.importDocumentationParts)
	restjson.Bind(mux, apigw.UpdateDocumentationPart, c.updateDocumentationPart)
	restjson.Bind(mux, apigw.CreateDocumentationVersion, c.createDocumentationVersion)
	restjson.Bind(mux, apigw.DeleteDocumentationVersion, c.deleteDocumentationVersion)
	restjson.Bind(mux, apigw.GetDocumentationVersion, c.getDocumentationVersion)
	restjson.Bind(mux, apigw.GetDocumentationVersions, c.getDocumentationVersions)
	restjson.Bind(mux, apigw.UpdateDocumentationVersion, c.updateDocumentationVersion)

	// VPC links.
	restjson.Bind(mux, apigw.CreateVpcLink, c.createVpcLink)
	restjson.Bind(mux, apigw.DeleteVpcLink, c.deleteVpcLink)
	restjson.Bind(mux, apigw.GetVpcLink, c.getVpcLink)
	restjson.Bind(mux, apigw.GetVpcLinks, c.getVpcLinks)
	restjson.Bind(mux, apigw.UpdateVpcLink, c.updateVpcLink)

	// API keys.
	restjson.Bind(mux, apigw.CreateApiKey, c.createApiKey)
	restjson.Bind(mux, apigw.DeleteApiKey, c.deleteApiKey)
	restjson.Bind(mux, apigw.GetApiKey, c.getApiKey)
	restjson.Bind(mux, apigw.GetApiKeys, c.getApiKeys)
	restjson.Bind(mux, apigw.ImportApiKeys, c.importApiKeys)
	restjson.Bind(mux, apigw.UpdateApiKey, c.updateApiKey)

	// Usage plans, their keys and their usage.
	restjson.Bind(mux, apigw.CreateUsagePlan, c.createUsagePlan)
	restjson.Bind(mux, apigw.DeleteUsagePlan, c.deleteUsagePlan)
	restjson.Bind(mux, apigw.GetUsagePlan, c.getUsagePlan)
	restjson.Bind(mux, apigw.GetUsagePlans, c.getUsagePlans)
	restjson.Bind(mux, apigw.UpdateUsagePlan, c.updateUsagePlan)
	restjson.Bind(mux, apigw.CreateUsagePlanKey, c.createUsagePlanKey)
	restjson.Bind(mux, apigw.DeleteUsagePlanKey, c.deleteUsagePlanKey)
	restjson.Bind(mux, apigw.GetUsagePlanKey, c.getUsagePlanKey)
	restjson.Bind(mux, apigw.GetUsagePlanKeys, c.getUsagePlanKeys)
	restjson.Bind(mux, apigw.GetUsage, c.getUsage)
	restjson.Bind(mux, apigw.UpdateUsage, c.updateUsage)

	// Client certificates.
	restjson.Bind(mux, apigw.DeleteClientCertificate, c.deleteClientCertificate)
	restjson.Bind(mux, apigw.GenerateClientCertificate, c.generateClientCertificate)
	restjson.Bind(mux, apigw.GetClientCertificate, c.getClientCertificate)
	restjson.Bind(mux, apigw.GetClientCertificates, c.getClientCertificates)
	restjson.Bind(mux, apigw.UpdateClientCertificate, c.updateClientCertificate)

	// Custom domain names, their mappings and associations.
	restjson.Bind(mux, apigw.CreateDomainName, c.createDomainName)
	restjson.Bind(mux, apigw.DeleteDomainName, c.deleteDomainName)
	restjson.Bind(mux, apigw.GetDomainName, c.getDomainName)
	restjson.Bind(mux, apigw.GetDomainNames, c.getDomainNames)
	restjson.Bind(mux, apigw.UpdateDomainName, c.updateDomainName)
	restjson.Bind(mux, apigw.CreateBasePathMapping, c.createBasePathMapping)
	restjson.Bind(mux, apigw.DeleteBasePathMapping, c.deleteBasePathMapping)
	restjson.Bind(mux, apigw.GetBasePathMapping, c.getBasePathMapping)
	restjson.Bind(mux, apigw.GetBasePathMappings, c.getBasePathMappings)
	restjson.Bind(mux, apigw.UpdateBasePathMapping, c.updateBasePathMapping)
	restjson.Bind(mux, apigw.CreateDomainNameAccessAssociation, c.createDomainNameAccessAssociation)
	restjson.Bind(mux, apigw.DeleteDomainNameAccessAssociation, c.deleteDomainNameAccessAssociation)
	restjson.Bind(mux, apigw.GetDomainNameAccessAssociations, c.getDomainNameAccessAssociations)
	restjson.Bind(mux, apigw.RejectDomainNameAccessAssociation, c.rejectDomainNameAccessAssociation)

	// SDKs.
	restjson.Bind(mux, apigw.GetSdk, c.getSdk)
	restjson.Bind(mux, apigw.GetSdkType, c.getSdkType)
	restjson.Bind(mux, apigw.GetSdkTypes, c.getSdkTypes)

	// Tags.
	restjson.Bind(mux, apigw.GetTags, c.getTags)
	restjson.Bind(mux, apigw.TagResource, c.tagResource)
	restjson.Bind(mux, apigw.UntagResource, c.untagResource)
}
