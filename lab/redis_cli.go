package lab

import (
	"context"
	"fmt"
	"log/slog"
	"os/exec"
)

// RedisCLI returns the words that run redis-cli: the machine's own, or that of
// the packages which StartRedis would use.
func RedisCLI(ctx context.Context, log *slog.Logger) ([]string, error) {
	if path, err := exec.LookPath("redis-cli"); err == nil {
		return []string{path}, nil
	}
	root, err := redisRecipe.unpacked(ctx, orQuiet(log))
	if err != nil {
		return nil, fmt.Errorf("find redis-cli: %w", err)
	}
	return root.command("/usr/bin/redis-cli")
}
