package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// explain shows the records of the calls: Ringfence's log, Asterisk's
// call details, and the keys in Redis.
func (s *stage) explain(ctx context.Context, out io.Writer) error {
	fmt.Fprintln(out, "\n$ ringfence log")
	log, err := s.log(ctx)
	if err != nil {
		return err
	}
	fmt.Fprint(out, log)

	fmt.Fprintln(out, "\nAsterisk's call details (caller, dialled, disposition, userfield):")
	details, err := s.asterisk.CDRs()
	if err != nil {
		return err
	}
	for _, cdr := range details {
		fmt.Fprintf(out, "  %s\n", strings.Join([]string{cdr.Caller, cdr.Dialled, cdr.Disposition, cdr.Field}, ", "))
	}

	if s.redis != nil {
		return showKeys(ctx, out, s.redis.URL())
	}
	return nil
}

// callsOf returns how many calls the scenes place.
func callsOf(scenes []scene) int {
	calls := 0
	for _, scene := range scenes {
		calls += max(1, scene.calls)
	}
	return calls
}

// logTimeout bounds the wait for the record of the call that came while
// Ringfence was frozen.
const logTimeout = 5 * time.Second

// log returns the log when it has a record of every call.
func (s *stage) log(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, logTimeout)
	defer cancel()
	for {
		answer, err := s.service.Run(ctx, "log")
		if err != nil {
			return "", err
		}
		if strings.Count(answer.Out, "\n") > callsOf(scenes()) || ctx.Err() != nil {
			return answer.Out + answer.Err, nil
		}
		select {
		case <-ctx.Done():
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// showKeys reads interesting keys in Redis, and prints
// the answers.
func showKeys(ctx context.Context, out io.Writer, address string) error {
	options, err := redis.ParseURL(address)
	if err != nil {
		return err
	}
	client := redis.NewClient(options)
	defer func() { _ = client.Close() }()
	fmt.Fprintf(out, "\n$ redis-cli -u %s\n", address)
	for _, line := range []string{
		"KEYS {ringfence}:*",
		"ZRANGEBYLEX {ringfence}:list [" + salesman + " (" + salesman + "z",
		"HGETALL {ringfence}:settings",
		"XREVRANGE {ringfence}:calls + - COUNT 1",
	} {
		var command []any
		for word := range strings.FieldsSeq(line) {
			command = append(command, word)
		}
		answer, err := client.Do(ctx, command...).Result()
		if err != nil {
			return fmt.Errorf("ask Redis %s: %w", line, err)
		}
		fmt.Fprintf(out, "> %s\n  %v\n", line, answer)
	}
	return nil
}

// invite shows how to use the running parts.
func (s *stage) invite(out io.Writer) {
	fmt.Fprintf(out, "\nEverything keeps running until Ctrl-C.\n"+
		"  Call it:      a SIP phone, without registration, to sip:%s@%s\n"+
		"  Command line: env", switchbrd, s.asterisk.SIP())
	for _, variable := range s.service.Env() {
		if strings.HasPrefix(variable, "RINGFENCE_") {
			fmt.Fprint(out, " ", variable)
		}
	}
	fmt.Fprintf(out, " %s list\n", s.service.Options().Program)
	fmt.Fprintf(out, "  Health:       %s\n  ARI:          %s\n", s.service.URL("/readyz"), s.asterisk.ARI())
}
