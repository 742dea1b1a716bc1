package serve

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/feed"
	"github.com/ringfence/ringfence/policy"
	"github.com/ringfence/ringfence/schedule"
	"github.com/ringfence/ringfence/store"
)

const (
	// calendarEvery is the time between two fetches of a calendar.
	calendarEvery = 24 * time.Hour
	// calendarRefresh is when an unchanged calendar is read again: the stored
	// times reach about a year ahead.
	calendarRefresh = 30 * 24 * time.Hour
	// maxCalendar bounds a calendar, in bytes: it is read as a whole.
	maxCalendar = 4 << 20
	// calendarTimeout bounds the download of a calendar, and its import.
	calendarTimeout = time.Minute
	// maxProblems is how many problems of a calendar are logged.
	maxProblems = 10
)

// newCalendars returns a runner that fetches the calendars of working time, in
// the same way as feeds: one instance at a time, and again after a failure. The
// stored times stay until a calendar has newer ones.
func newCalendars(conf config.Config, data *store.Store, policies *policy.Cache, registry prometheus.Registerer, log *slog.Logger, now func() time.Time) *feed.Runner {
	version, _ := config.Version()
	calendars := &calendarFeeds{data: data, policies: policies, log: log, now: now}
	return feed.NewRunner(feed.Config{
		Store: calendars, Importer: calendars,
		Fetcher: feed.NewFetcher(feed.FetcherConfig{Version: version, Folder: conf.State, Overall: calendarTimeout, Access: access(conf)}),
		Log:     log.With(slog.String("kind", "calendar")), Now: now, Metrics: feed.NewCalendarMetrics(registry),
	})
}

// calendarFeeds are the calendars of working time, as feeds.
type calendarFeeds struct {
	data     *store.Store
	policies *policy.Cache
	log      *slog.Logger
	now      func() time.Time
}

var (
	_ feed.Store    = (*calendarFeeds)(nil)
	_ feed.Importer = (*calendarFeeds)(nil)
)

// Feeds returns all calendars.
func (c *calendarFeeds) Feeds(ctx context.Context) ([]feed.Subscribed, error) {
	addresses := c.policies.Current().Schedule.Addresses()
	states, err := c.data.CalendarStates(ctx, addresses)
	if err != nil {
		return nil, err
	}
	feeds := make([]feed.Subscribed, len(addresses))
	for i, address := range addresses {
		feeds[i] = feed.Subscribed{State: states[i], Feed: feed.Feed{
			Name: calendarName(address), URL: address, Every: calendarEvery, MaxSize: maxCalendar,
			Rows: feed.Rows{For: calendarRefresh},
		}}
	}
	return feeds, nil
}

// Feed returns the calendar with a name that calendarName made.
func (c *calendarFeeds) Feed(ctx context.Context, name string) (feed.Subscribed, error) {
	feeds, err := c.Feeds(ctx)
	if err != nil {
		return feed.Subscribed{}, err
	}
	for _, calendar := range feeds {
		if calendar.Name == name {
			return calendar, nil
		}
	}
	return feed.Subscribed{}, fmt.Errorf("%s: %w", name, feed.ErrUnknown)
}

// SaveFeedState stores the state of a calendar.
func (c *calendarFeeds) SaveFeedState(ctx context.Context, calendar feed.Feed, state feed.State) error {
	return c.data.SaveCalendarState(ctx, calendar.URL, state)
}

// Lease takes the lease of a name, so that one instance at a time fetches.
func (c *calendarFeeds) Lease(ctx context.Context, name string) (context.Context, func(), error) {
	return c.data.Lease(ctx, name)
}

// ImportFeed stores the times and days that a calendar closes, and records it if they or
// the problems of the calendar are others than before.
func (c *calendarFeeds) ImportFeed(ctx context.Context, from feed.Feed, file io.Reader) (feed.Imported, error) {
	bounded, cancel := context.WithTimeout(ctx, calendarTimeout)
	defer cancel()
	calendar, problems, err := schedule.ReadICal(bounded, file, c.now())
	if err != nil {
		return feed.Imported{}, err
	}
	c.logProblems(ctx, from.Name, problems)
	states, err := c.data.CalendarStates(bounded, []string{from.URL})
	if err != nil {
		return feed.Imported{}, err
	}
	event := audit.Event{
		Action: audit.CalendarRun, Note: strings.Join(problems, "; "),
		Counts: map[string]int64{"closes": int64(calendar.Len()), "problems": int64(len(problems))},
	}
	by := audit.As(bounded, audit.By{Name: from.Name, Via: audit.Feed})
	if _, err := c.data.PutCalendar(by, from.URL, calendar, event, !slices.Equal(problems, states[0].Problems)); err != nil {
		return feed.Imported{}, err
	}
	words := fmt.Sprintf("times and days that it closes: %d", calendar.Len())
	if len(problems) > 0 {
		words += fmt.Sprintf("; problems: %d", len(problems))
	}
	return feed.Imported{Rows: int64(calendar.Len()), Outcome: words, Problems: problems}, nil
}

func (c *calendarFeeds) logProblems(ctx context.Context, name string, problems []string) {
	for i, problem := range problems {
		if i == maxProblems {
			c.log.WarnContext(ctx, "further parts of a calendar are skipped: see ringfence hours show",
				slog.String("calendar", name), slog.Int("more", len(problems)-i))
			break
		}
		c.log.WarnContext(ctx, "a part of a calendar is skipped", slog.String("calendar", name), slog.String("problem", problem))
	}
}

// calendarName returns the name of a calendar in logs and metrics: its host, since
// the rest of its address may be a secret, and a few digits of a hash, since a
// host may have several.
func calendarName(address string) string {
	host := "file"
	if parsed, err := url.Parse(address); err == nil && parsed.Hostname() != "" {
		host = strings.ToLower(parsed.Hostname())
	}
	sum := sha256.Sum256([]byte(address))
	return host + "-" + hex.EncodeToString(sum[:4])
}
