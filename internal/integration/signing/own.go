package signing

import (
	"context"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"

	"github.com/sluice-gateway/sluice/internal/integration"
)

// own is the gateway's own credentials: those of the environment, else those of the SDK's default
// chain, which is looked at when the first request needs it. The instance metadata service is asked
// only if AWS_EC2_METADATA_DISABLED says false: elsewhere than on an instance it would keep the first
// requests waiting.
//
// AWS: Standardized credential providers (AWS SDKs and Tools Reference Guide).
type own struct {
	getenv func(string) string
	client aws.HTTPClient // of the chain

	once sync.Once
	keys integration.Credentials // of the environment

	mu    sync.Mutex
	chain aws.CredentialsProvider // nil until it was loaded
}

// static returns the credentials of the environment, if it has any.
func (o *own) static() (integration.Credentials, bool) {
	o.once.Do(func() {
		o.keys = integration.Credentials{
			AccessKeyID:     o.getenv("AWS_ACCESS_KEY_ID"),
			SecretAccessKey: o.getenv("AWS_SECRET_ACCESS_KEY"),
			SessionToken:    o.getenv("AWS_SESSION_TOKEN"),
		}
	})
	return o.keys, o.keys.AccessKeyID != "" && o.keys.SecretAccessKey != ""
}

// retrieve returns the gateway's own credentials. The error is an *integration.Error.
func (o *own) retrieve(ctx context.Context) (integration.Credentials, error) {
	if keys, ok := o.static(); ok {
		return keys, nil
	}
	chain, err := o.load(ctx)
	if err != nil {
		return integration.Credentials{}, noCredentials(err)
	}
	found, err := chain.Retrieve(ctx)
	if err != nil {
		return integration.Credentials{}, noCredentials(err)
	}
	return integration.Credentials{AccessKeyID: found.AccessKeyID, SecretAccessKey: found.SecretAccessKey, SessionToken: found.SessionToken}, nil
}

// load returns the SDK's default chain.
func (o *own) load(ctx context.Context) (aws.CredentialsProvider, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.chain != nil {
		return o.chain, nil
	}
	metadata := imds.ClientDisabled
	if strings.EqualFold(o.getenv("AWS_EC2_METADATA_DISABLED"), "false") {
		metadata = imds.ClientEnabled
	}
	loaded, err := config.LoadDefaultConfig(ctx, config.WithEC2IMDSClientEnableState(metadata), config.WithHTTPClient(o.client))
	if err != nil {
		return nil, err
	}
	o.chain = loaded.Credentials
	return o.chain, nil
}

// noCredentials is the failure of a call for which the gateway has no credentials.
func noCredentials(cause error) error {
	return configuration("The gateway has no AWS credentials of its own: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, where it runs", cause)
}
