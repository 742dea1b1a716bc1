package lab

import (
	"bytes"
	"context"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

// A recipe is a set of Debian packages that, unpacked into a folder with all
// they depend on, make a program that runs from there. No maintainer script
// runs and none is needed.
type recipe struct {
	name     string
	packages []string
	// links are symbolic links that a maintainer script would have made.
	links map[string]string
}

// debianSuite is the Debian release that the lab's programs come from. Debian
// 12 and 13 have no asterisk package; this one has Asterisk 22.
const debianSuite = "forky"

// recipeVersion changes when the way of unpacking changes, so that folders
// made in the old way are not used.
const recipeVersion = "1"

var (
	asteriskRecipe = recipe{
		name:     "asterisk",
		packages: []string{"asterisk", "asterisk-core-sounds-en-gsm"},
		links:    map[string]string{"usr/share/asterisk/sounds/en": "en_US_f_Allison"},
	}
	redisRecipe = recipe{name: "redis", packages: []string{"redis-server"}}
)

// A rootfs is an unpacked recipe.
type rootfs struct{ dir string }

// command returns the words that run a program of the rootfs, path being
// absolute in it. The program runs in the machine's own file system: only its
// loader and its libraries are those of the rootfs, so neither root nor a
// container is needed.
func (r rootfs) command(path string) ([]string, error) {
	program := filepath.Join(r.dir, path)
	file, err := elf.Open(program)
	if err != nil {
		return nil, fmt.Errorf("read program of the lab: %w", err)
	}
	defer func() { _ = file.Close() }()
	section := file.Section(".interp")
	if section == nil {
		return nil, fmt.Errorf("program of the lab %s names no loader", program)
	}
	interp, err := section.Data()
	if err != nil {
		return nil, fmt.Errorf("read loader of %s: %w", program, err)
	}
	libraries, err := r.libraries()
	if err != nil {
		return nil, err
	}
	loader := filepath.Join(r.dir, string(bytes.TrimRight(interp, "\x00")))
	return []string{loader, "--argv0", filepath.Base(path), "--library-path", libraries, program}, nil
}

// libraries returns the folder of the rootfs's shared libraries.
func (r rootfs) libraries() (string, error) {
	found, err := filepath.Glob(filepath.Join(r.dir, "usr/lib/*-linux-gnu*"))
	if err != nil || len(found) == 0 {
		return "", fmt.Errorf("no libraries in %s", r.dir)
	}
	return found[0], nil
}

// unpacked returns the rootfs of a recipe, and makes it first if the user's
// cache folder does not have it. Several programs may ask at the same time;
// one makes it and the others wait.
func (r recipe) unpacked(ctx context.Context, log *slog.Logger) (rootfs, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return rootfs{}, fmt.Errorf("find the user's cache folder: %w", err)
	}
	cache = filepath.Join(cache, "ringfence", "lab")
	made := rootfs{dir: filepath.Join(cache, r.name+"-"+r.stamp())}
	if _, err := os.Stat(made.dir); err == nil {
		return made, nil
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return rootfs{}, fmt.Errorf("make cache folder: %w", err)
	}
	unlock, err := lockFile(ctx, filepath.Join(cache, r.name+".lock"))
	if err != nil {
		return rootfs{}, err
	}
	defer unlock()
	if _, err := os.Stat(made.dir); err == nil {
		return made, nil
	}

	// A program that was killed here may have left its scratch folder.
	left, err := filepath.Glob(filepath.Join(cache, r.name+".new-*"))
	if err != nil {
		return rootfs{}, fmt.Errorf("look for old folders: %w", err)
	}
	for _, folder := range left {
		_ = os.RemoveAll(folder) // it does no harm but to the space
	}

	began := time.Now()
	log.InfoContext(ctx, "fetching Debian packages for the lab, once", slog.String("program", r.name), slog.String("folder", made.dir))
	scratch, err := os.MkdirTemp(cache, r.name+".new-")
	if err != nil {
		return rootfs{}, fmt.Errorf("make folder for packages: %w", err)
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	root, err := r.build(ctx, scratch)
	if err != nil {
		return rootfs{}, fmt.Errorf("make %s from Debian packages: %w", r.name, err)
	}
	if err := os.Rename(root, made.dir); err != nil {
		return rootfs{}, fmt.Errorf("put %s in place: %w", r.name, err)
	}
	log.InfoContext(ctx, "lab program is ready", slog.String("program", r.name), slog.Duration("took", time.Since(began).Round(time.Millisecond)))
	return made, nil
}

// stamp identifies a recipe, so that a changed one is built again.
func (r recipe) stamp() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %s %s %v", recipeVersion, debianSuite, runtime.GOARCH, r.packages, r.links))
	return hex.EncodeToString(sum[:4])
}

// build downloads and unpacks into scratch and returns the finished folder.
func (r recipe) build(ctx context.Context, scratch string) (string, error) {
	for _, tool := range []string{"apt-get", "dpkg-deb"} {
		if _, err := exec.LookPath(tool); err != nil {
			return "", fmt.Errorf("this machine has no %s, it is not a Debian one: install %s yourself, or use docker compose", tool, r.name)
		}
	}
	apt, err := newPrivateApt(filepath.Join(scratch, "apt"))
	if err != nil {
		return "", err
	}
	packages, err := apt.download(ctx, r.packages)
	if err != nil {
		return "", err
	}
	root := filepath.Join(scratch, "root")
	for _, dir := range []string{"bin", "lib", "lib64", "sbin"} {
		if err := os.MkdirAll(filepath.Join(root, "usr", dir), 0o755); err != nil {
			return "", err
		}
		if err := os.Symlink(filepath.Join("usr", dir), filepath.Join(root, dir)); err != nil {
			return "", err
		}
	}
	var work errgroup.Group
	work.SetLimit(runtime.NumCPU())
	for _, path := range packages {
		work.Go(func() error {
			return runTool(ctx, nil, "dpkg-deb", "--extract", path, root)
		})
	}
	if err := work.Wait(); err != nil {
		return "", err
	}
	for name, target := range r.links {
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil && !errors.Is(err, os.ErrExist) {
			return "", err
		}
	}
	return root, nil
}

// lockFile waits for the lock on a file, which ends with the process that
// holds it.
func lockFile(ctx context.Context, path string) (unlock func(), err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open lock: %w", err)
	}
	for {
		err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { _ = file.Close() }, nil
		}
		select {
		case <-ctx.Done():
			_ = file.Close()
			return nil, fmt.Errorf("wait for another program that makes the lab: %w", ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// runTool runs a command. If it fails, the error has its output.
func runTool(ctx context.Context, env []string, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.WaitDelay = time.Second
	output, err := cmd.CombinedOutput()
	if err != nil {
		lines := strings.Split(strings.TrimSpace(string(output)), "\n")
		return fmt.Errorf("%s %s: %w: %s", name, args[len(args)-1], err, strings.Join(lines[max(0, len(lines)-3):], "; "))
	}
	return nil
}
