package signing

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/sluice-gateway/sluice/internal/integration"
)

const (
	// renewBefore is how long before the end of a session the next one is asked for, while requests
	// go on with the one there is.
	renewBefore = 5 * time.Minute

	// refusedFor is how long a role that could not be assumed is not asked for again.
	refusedFor = time.Second

	// assumeTimeout bounds one call of STS.
	assumeTimeout = 10 * time.Second

	// maxRoles is the number of roles from which those of old sessions are forgotten.
	maxRoles = 256
)

// session is the credentials of a role until they expire.
type session struct {
	credentials integration.Credentials
	expires     time.Time
}

// assumer gets a session of a role.
type assumer interface {
	assume(ctx context.Context, s *integration.Service) (session, error)
}

// roles keeps the sessions of roles. Any number of requests that need the same role wait for one call
// of STS, which goes on when a client has left.
type roles struct {
	sts    assumer
	logger *slog.Logger
	now    func() time.Time

	ctx    context.Context // ends with close
	cancel context.CancelFunc
	calls  sync.WaitGroup

	mu    sync.Mutex
	known map[string]*role
}

// role is what is known of one role.
type role struct {
	session session
	failed  time.Time     // when it was refused last, while there is no session
	err     error         // why
	asking  chan struct{} // closed when the call that is under way is over; nil if there is none
}

// newRoles returns a cache without sessions.
func newRoles(sts assumer, logger *slog.Logger, now func() time.Time) *roles {
	r := &roles{sts: sts, logger: logger, now: now, known: make(map[string]*role)}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	return r
}

// ready returns the credentials of a session that is not due yet.
func (r *roles) ready(arn string) (integration.Credentials, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	known := r.known[arn]
	if known == nil || r.now().After(known.session.expires.Add(-renewBefore)) {
		return integration.Credentials{}, false
	}
	return known.session.credentials, true
}

// await returns the credentials of the service's role. A session that is due but holds is used while the
// next one is asked for. The error is an *integration.Error.
//
// AWS: Set up an integration request in API Gateway (credentials). The reason is the service's text.
func (r *roles) await(ctx context.Context, s *integration.Service) (integration.Credentials, error) {
	r.mu.Lock()
	now := r.now()
	known := r.known[s.Credentials]
	if known == nil {
		r.forgetOld(now)
		known = &role{}
		r.known[s.Credentials] = known
	}
	holds := now.Before(known.session.expires)
	if known.asking == nil && (known.err == nil || now.Sub(known.failed) >= refusedFor) {
		r.ask(known, *s)
	}
	current, asking, err := known.session.credentials, known.asking, known.err
	r.mu.Unlock()
	if holds {
		return current, nil
	}
	if asking != nil {
		select {
		case <-asking:
		case <-ctx.Done():
			return integration.Credentials{}, ctx.Err()
		}
		r.mu.Lock()
		current, err = known.session.credentials, known.err
		r.mu.Unlock()
	}
	if err != nil {
		return integration.Credentials{}, configuration("API Gateway does not have permission to assume the provided role "+s.Credentials, err)
	}
	return current, nil
}

// ask starts a call of STS; r.mu is held.
func (r *roles) ask(known *role, s integration.Service) {
	done := make(chan struct{})
	known.asking = done
	if r.ctx.Err() != nil {
		known.err, known.asking = errClosed, nil
		return
	}
	r.calls.Go(func() {
		ctx, cancel := context.WithTimeout(r.ctx, assumeTimeout)
		defer cancel()
		got, err := r.sts.assume(ctx, &s)
		if err != nil {
			r.logger.Warn("a role of an integration could not be assumed", "role", s.Credentials, "error", err)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		known.asking, known.err = nil, err
		if err == nil {
			known.session = got
		} else {
			known.failed = r.now()
		}
		close(done)
	})
}

// forgetOld forgets the sessions that are over when there are many; r.mu is held.
func (r *roles) forgetOld(now time.Time) {
	if len(r.known) < maxRoles {
		return
	}
	maps.DeleteFunc(r.known, func(_ string, known *role) bool { return known.asking == nil && !now.Before(known.session.expires) })
}

// close breaks off the calls that are under way.
func (r *roles) close() {
	r.mu.Lock()
	r.cancel()
	r.mu.Unlock()
	r.calls.Wait()
}

// sessions gets sessions from STS, with the gateway's own credentials.
type sessions struct {
	endpoints *endpoints
	own       *own

	guarded *http.Client // asks the guard
	trusted *http.Client // for endpoints that the operator named
}

// assume calls AssumeRole.
//
// AWS: AssumeRole (AWS Security Token Service API Reference).
func (a *sessions) assume(ctx context.Context, s *integration.Service) (session, error) {
	target, err := a.endpoints.of(&integration.Service{Name: "sts", Partition: s.Partition, Region: s.Region})
	if err != nil {
		return session{}, err
	}
	sender := a.guarded
	if target.configured {
		sender = a.trusted
	}
	client := sts.New(sts.Options{
		HTTPClient:   sender,
		Region:       s.Region,
		BaseEndpoint: new(target.scheme + "://" + target.host + target.path),
		Credentials: aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
			c, err := a.own.retrieve(ctx)
			return aws.Credentials{AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey, SessionToken: c.SessionToken}, err
		}),
	})
	result, err := client.AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: &s.Credentials, RoleSessionName: new("sluice")})
	if err != nil {
		return session{}, err
	}
	c := result.Credentials
	if c == nil || aws.ToString(c.AccessKeyId) == "" || aws.ToString(c.SecretAccessKey) == "" || c.Expiration == nil {
		return session{}, errNoSession
	}
	return session{
		credentials: integration.Credentials{
			AccessKeyID: *c.AccessKeyId, SecretAccessKey: *c.SecretAccessKey, SessionToken: aws.ToString(c.SessionToken),
		},
		expires: *c.Expiration,
	}, nil
}
