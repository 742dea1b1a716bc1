package lab

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// ServiceOptions say which parts a Ringfence works with.
type ServiceOptions struct {
	// Program is the path of the ringfence program.
	Program string
	// ARI and Redis are the addresses of the parts, or of proxies before them.
	ARI, Redis string
	// State is the folder where the policy is saved; empty means none.
	State string
	// Env are further variables, NAME=VALUE; they take precedence.
	Env []string
}

// Service is a `ringfence serve` and its command line, both with the same
// configuration.
type Service struct {
	*Process
	options ServiceOptions
	env     []string
	http    string
}

// NewService chooses a free port for a Ringfence, and starts nothing: Serve
// does.
func NewService(options ServiceOptions) (*Service, error) {
	port, err := freePort("tcp")
	if err != nil {
		return nil, err
	}
	service := &Service{options: options, http: fmt.Sprintf("127.0.0.1:%d", port)}
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "RINGFENCE_") && !strings.HasPrefix(variable, "NOTIFY_SOCKET=") {
			service.env = append(service.env, variable)
		}
	}
	service.env = append(service.env,
		"RINGFENCE_CONFIG=/dev/null",
		"RINGFENCE_ARI_URL="+options.ARI,
		"RINGFENCE_ARI_USERNAME="+ARIUser,
		"RINGFENCE_ARI_PASSWORD="+ARIPassword,
		"RINGFENCE_REDIS="+options.Redis,
		"RINGFENCE_HTTP="+service.http,
		"RINGFENCE_REGION=DE",
		"RINGFENCE_STATE="+options.State,
	)
	service.env = append(service.env, options.Env...)
	return service, nil
}

// Serve starts the service. It does not wait until calls are screened:
// WaitScreening does.
func (s *Service) Serve(ctx context.Context, flags ...string) error {
	process, err := Start(ctx, Command{Path: s.options.Program, Args: append([]string{"serve"}, flags...), Env: s.env})
	s.Process = process
	return err
}

// WaitScreening waits until calls are screened.
func (s *Service) WaitScreening(ctx context.Context) error { return s.WaitReady(ctx, s.URL("/readyz")) }

// URL is an address of the service's HTTP interface.
func (s *Service) URL(path string) string { return "http://" + s.http + path }

// Options are those that the service was made with.
func (s *Service) Options() ServiceOptions { return s.options }

// Env are the variables under which the service and its command line run.
func (s *Service) Env() []string { return s.env }

// Answer is what a command of the command line gave.
type Answer struct {
	Out, Err string
	Code     int
}

// Run runs a command of the command line, such as "block", and returns what
// it wrote and its exit code.
func (s *Service) Run(ctx context.Context, args ...string) (Answer, error) {
	var out, words strings.Builder
	command := exec.CommandContext(ctx, s.options.Program, args...)
	command.Env = s.env
	command.Stdout, command.Stderr = &out, &words
	command.WaitDelay = time.Second
	err := command.Run()
	answer := Answer{Out: out.String(), Err: words.String(), Code: command.ProcessState.ExitCode()}
	if command.ProcessState == nil {
		return answer, fmt.Errorf("run ringfence %s: %w", strings.Join(args, " "), err)
	}
	return answer, nil
}

// FreeRedisURL returns a free address for a store, such as
// that of `ringfence serve --embedded`.
func FreeRedisURL() (string, error) {
	port, err := freePort("tcp")
	return fmt.Sprintf("redis://127.0.0.1:%d/0", port), err
}
