package lab

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// CPUTime returns the processor time that a process with all its threads has
// used since it began, in steps of 10 ms.
func CPUTime(pid int) (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, fmt.Errorf("read processor time: %w", err)
	}
	// The name of the program, in brackets, may hold anything; what follows
	// the last bracket is numbers. Of these, the 12th and 13th are the time in
	// user and in kernel mode (proc(5), fields 14 and 15).
	const user, kernel = 11, 12
	at := strings.LastIndexByte(string(text), ')')
	fields := strings.Fields(string(text[at+1:]))
	if len(fields) <= kernel {
		return 0, errors.New("read processor time: unknown form of /proc/PID/stat")
	}
	var ticks int64
	for _, field := range []string{fields[user], fields[kernel]} {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("read processor time: %w", err)
		}
		ticks += n
	}
	const perTick = 10 * time.Millisecond // USER_HZ is 100 on every Linux that Go runs on
	return time.Duration(ticks) * perTick, nil
}
