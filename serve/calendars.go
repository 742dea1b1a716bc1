package serve

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/feed"
	"github.com/ringfence/ringfence/policy"
	"github.com/ringfence/ringfence/schedule"
	"github.com/ringfence/ringfence/store"
)

const (
	// calendarEvery is the time between two looks at a calendar.
	calendarEvery = 24 * time.Hour
	// calendarAnew is how long what a calendar closes may stand, though it has
	// not changed: its events are known for about a year ahead.
	calendarAnew = 30 * 24 * time.Hour
	// maxCalendar bounds a calendar, in bytes: it is read as a whole.
	maxCalendar = 4 << 20
	// calendarPatience bounds the reading of its events.
	calendarPatience = time.Minute
	// maxProblems is how many events that cannot be read are told one by one.
	maxProblems = 10
)

// newCalendars returns what keeps the calendars up to date that working time
// names. They are fetched as feeds are: by one instance at a time, again after
// a failure, and what they closed stays until there is something newer.
func newCalendars(conf config.Config, data *store.Store, policies *policy.Cache, registry prometheus.Registerer, log *slog.Logger, now func() time.Time) *feed.Runner {
	version, _ := config.Version()
	calendars := &calendarFeeds{data: data, policies: policies, log: log, now: now}
	return feed.NewRunner(feed.Config{
		Store: calendars, Importer: calendars,
		Fetcher: feed.NewFetcher(feed.FetcherConfig{Version: version, Folder: conf.State, Overall: calendarPatience}),
		Log:     log.With(slog.String("kind", "calendar")), Now: now, Metrics: feed.NewCalendarMetrics(registry),
	})
}

// calendarFeeds are the calendars that working time names, as feeds.
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

// Feeds returns them all, if the data can be read.
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
			Rows: feed.Rows{For: calendarAnew},
		}}
	}
	return feeds, nil
}

// Feed returns one by the name that calendarName gave it.
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

// SaveFeedState keeps what became of one.
func (c *calendarFeeds) SaveFeedState(ctx context.Context, calendar feed.Feed, state feed.State) error {
	return c.data.SaveCalendarState(ctx, calendar.URL, state)
}

// Lease makes sure that one instance at a time fetches it.
func (c *calendarFeeds) Lease(ctx context.Context, name string) (context.Context, func(), error) {
	return c.data.Lease(ctx, name)
}

// ImportFeed keeps what a calendar closes.
func (c *calendarFeeds) ImportFeed(ctx context.Context, from feed.Feed, file io.Reader) (feed.Imported, error) {
	bounded, cancel := context.WithTimeout(ctx, calendarPatience)
	defer cancel()
	calendar, problems, err := schedule.ReadICal(bounded, file, c.now())
	if err != nil {
		return feed.Imported{}, err
	}
	for i, problem := range problems {
		if i == maxProblems {
			c.log.WarnContext(ctx, "passing over more events of a calendar that cannot be read",
				slog.String("calendar", from.Name), slog.Int("more", len(problems)-i))
			break
		}
		c.log.WarnContext(ctx, "passing over an event of a calendar that cannot be read",
			slog.String("calendar", from.Name), slog.String("problem", problem))
	}
	if _, err := c.data.PutCalendar(bounded, from.URL, calendar); err != nil {
		return feed.Imported{}, err
	}
	words := fmt.Sprintf("times and days that it closes: %d", calendar.Len())
	if len(problems) > 0 {
		words += fmt.Sprintf("; events that cannot be read: %d", len(problems))
	}
	return feed.Imported{Rows: int64(calendar.Len()), Outcome: words}, nil
}

// calendarName names a calendar in logs and metrics: by its host, since the
// rest of its address may be a secret, and by a few digits that tell it from
// others there.
func calendarName(address string) string {
	host := "file"
	if parsed, err := url.Parse(address); err == nil && parsed.Hostname() != "" {
		host = strings.ToLower(parsed.Hostname())
	}
	sum := sha256.Sum256([]byte(address))
	return host + "-" + hex.EncodeToString(sum[:4])
}
