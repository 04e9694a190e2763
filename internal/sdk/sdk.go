// Package sdk generates clients of deployed stages, as GetSdk answers them. There is one language, JavaScript.
//
// A client is a zip of files from javascript/, which are the same for all APIs, with a description of the stage's methods
// filled in: names.go says how they are called, javascript.go what is filled in where. The package knows
// the snapshot of a deployment and nothing of the store.
package sdk

import (
	"slices"

	"github.com/sluice-gateway/sluice/apigw"
)

// JavaScript is the id of the type of SDK that this package generates.
const JavaScript = "javascript"

// Types returns the types of SDKs that the service knows, by id, with what they are configured by. Not all of
// them can be generated.
//
// AWS: "GetSdk", for the properties that are required. The texts are ours.
func Types() []apigw.SdkType {
	return []apigw.SdkType{
		sdkType("android", "Android", "Client for Android apps, built with Maven or Gradle",
			property("groupId", "Group ID", "Group of the Maven artifact"),
			property("artifactId", "Artifact ID", "Name of the Maven artifact"),
			property("artifactVersion", "Artifact Version", "Version of the Maven artifact"),
			property("invokerPackage", "Invoker package", "Java package of the client's classes")),
		sdkType("java", "Java SDK", "Client for Java programs",
			property("serviceName", "Service Name", "Name of the client's interface"),
			property("javaPackageName", "Java Package Name", "Java package of the client's classes")),
		sdkType(JavaScript, "JavaScript", "Client for browsers and Node"),
		sdkType("objectivec", "iOS (Objective-C)", "Client for iOS apps in Objective-C",
			property("classPrefix", "Prefix", "What the names of the client's classes begin with")),
		sdkType("ruby", "Ruby", "Client for Ruby programs",
			property("service.name", "Service Name", "Name of the client's module")),
		sdkType("swift", "iOS (Swift)", "Client for iOS apps in Swift",
			property("classPrefix", "Prefix", "What the names of the client's classes begin with")),
	}
}

// TypeOf returns the type of SDK with an id. It reports false where there is none.
func TypeOf(id string) (apigw.SdkType, bool) {
	types := Types()
	i := slices.IndexFunc(types, func(t apigw.SdkType) bool { return *t.Id == id })
	if i < 0 {
		return apigw.SdkType{}, false
	}
	return types[i], true
}

func sdkType(id, name, description string, properties ...apigw.SdkConfigurationProperty) apigw.SdkType {
	if properties == nil {
		properties = []apigw.SdkConfigurationProperty{}
	}
	return apigw.SdkType{Id: &id, FriendlyName: &name, Description: &description, ConfigurationProperties: properties}
}

// property returns a required property.
func property(name, friendly, description string) apigw.SdkConfigurationProperty {
	return apigw.SdkConfigurationProperty{Name: &name, FriendlyName: &friendly, Description: &description, Required: new(true)}
}
