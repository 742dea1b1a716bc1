package lab

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// ringfenceProgram is the package of the program under test.
const ringfenceProgram = "github.com/ringfence/ringfence/cmd/ringfence"

// BuildOptions say how the program is built.
type BuildOptions struct {
	// Race adds the race detector.
	Race bool
}

// BuildRingfence builds the ringfence program from the sources of the module
// that the working folder belongs to, and returns its path. Go's own cache
// makes a second build quick.
func BuildRingfence(ctx context.Context, options BuildOptions) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the user's cache folder: %w", err)
	}
	checkout, err := moduleFolder()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(checkout))
	folder := filepath.Join(cache, "ringfence", "lab", "bin-"+hex.EncodeToString(sum[:4]))
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", fmt.Errorf("make folder for the program: %w", err)
	}
	// Tests of several packages build at the same time: each into a file of
	// its own, which then takes the place of the one before.
	scratch, err := os.MkdirTemp(folder, "new-")
	if err != nil {
		return "", fmt.Errorf("make folder for the program: %w", err)
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	args := []string{"build", "-o", filepath.Join(scratch, "ringfence")}
	name := "ringfence"
	if options.Race {
		args = append(args, "-race")
		name += "-race"
	}
	build := exec.CommandContext(ctx, "go", append(args, ringfenceProgram)...)
	build.Dir = checkout
	build.WaitDelay = time.Second
	output, err := build.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build ringfence: %w: %s", err, strings.TrimSpace(string(output)))
	}
	path := filepath.Join(folder, name)
	if err := os.Rename(filepath.Join(scratch, "ringfence"), path); err != nil {
		return "", fmt.Errorf("put ringfence in place: %w", err)
	}
	return path, nil
}

// moduleFolder finds the folder of the module that the working folder is in:
// two checkouts must not run each other's program.
func moduleFolder() (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find working folder: %w", err)
	}
	for at := folder; ; at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, "go.mod")); err == nil {
			return at, nil
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("no go.mod at or above %s", folder)
		}
	}
}

// WaitReady waits up to half a minute until a GET of the address, such as one
// of /readyz, answers 200. It fails at once when the process ends.
func (p *Process) WaitReady(ctx context.Context, address string) error {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	last := errors.New("no answer")
	err := poll(ctx, 10*time.Millisecond, func() (bool, error) {
		select {
		case <-p.ended:
			return false, errors.New("it has ended")
		default:
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
		if err != nil {
			return false, err
		}
		response, err := client.Do(request)
		if err != nil {
			last = err
			return false, nil
		}
		_ = response.Body.Close()
		last = fmt.Errorf("it answers %s", response.Status)
		return response.StatusCode == http.StatusOK, nil
	})
	if err != nil {
		return fmt.Errorf("wait until %s is ready: %w (%w); its last output:\n%s", p.name, err, last, p.output.Tail(20))
	}
	return nil
}
