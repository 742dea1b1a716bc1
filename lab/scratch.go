package lab

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// scratchFolder makes a temporary folder in the user's cache folder, or with
// the system's temporary files where that makes too long a path: that of a
// Unix socket in it must stay under 108 bytes.
func scratchFolder(name string) (string, error) {
	parent := os.TempDir()
	if cache, err := os.UserCacheDir(); err == nil && len(cache) <= 50 {
		parent = filepath.Join(cache, "ringfence", "run")
	}
	if len(parent) > 65 {
		parent = "/tmp"
	}
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return "", fmt.Errorf("make folder for %s: %w", name, err)
	}
	dir, err := os.MkdirTemp(parent, name+"-")
	if err != nil {
		return "", fmt.Errorf("make folder for %s: %w", name, err)
	}
	return dir, nil
}

// The ports that the lab gives to its servers: above those that the small PBX
// uses for media, and below those that the kernel gives to outgoing
// connections. So a server that is halted finds its port again.
const (
	firstPort = 20000
	lastPort  = 32767
)

// ports are those that this process has chosen: a server may not have
// bound it yet.
var ports struct {
	sync.Mutex
	chosen map[int]bool
}

// choosePort returns a port that it has not returned before.
func choosePort() int {
	ports.Lock()
	defer ports.Unlock()
	if ports.chosen == nil || len(ports.chosen) > (lastPort-firstPort)/2 {
		ports.chosen = make(map[int]bool)
	}
	for {
		port := firstPort + rand.IntN(lastPort-firstPort+1)
		if !ports.chosen[port] {
			ports.chosen[port] = true
			return port
		}
	}
}

// freePort returns a port of 127.0.0.1 that is free at this moment.
func freePort(network string) (int, error) {
	var last error
	for range 100 {
		port := choosePort()
		var door io.Closer
		if network == "udp" {
			door, last = net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
		} else {
			door, last = net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
		}
		if last == nil {
			return port, door.Close()
		}
	}
	return 0, fmt.Errorf("find a free port: %w", last)
}

// waitTimeout bounds every wait of the lab for something to happen, so that a
// test whose own context has no end still ends.
const waitTimeout = 30 * time.Second

// poll asks again and again until the answer is yes, or an error, or timeout
// is at an end.
func poll(ctx context.Context, every time.Duration, done func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, waitTimeout)
	defer cancel()
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		if ok, err := done(); ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}
