package web_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/ringfence/ringfence/web"
)

func get(t *testing.T, handler http.Handler, path string) (int, string) {
	t.Helper()
	server := httptest.NewServer(handler)
	defer server.Close()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

func TestReadyz(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		asterisk, redis bool
		code            int
		status          string
	}{
		"all well":         {true, true, http.StatusOK, web.StatusReady},
		"without Redis":    {true, false, http.StatusOK, web.StatusDegraded},
		"without Asterisk": {false, true, http.StatusServiceUnavailable, web.StatusDown},
		"without both":     {false, false, http.StatusServiceUnavailable, web.StatusDown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parts := []web.Part{
				{Name: "redis", OK: test.redis, State: "a word"},
				{Name: "asterisk", OK: test.asterisk, State: "another"},
			}
			probe := func(context.Context) []web.Part { return parts }
			code, body := get(t, web.NewHandler("asterisk", probe, prometheus.NewRegistry()), "/readyz")
			var got web.Health
			if err := json.Unmarshal([]byte(body), &got); err != nil {
				t.Fatal(err)
			}
			want := web.Health{Status: test.status, Parts: parts}
			if diff := cmp.Diff(want, got); code != test.code || diff != "" {
				t.Errorf("code = %d, want %d; body (-want +got):\n%s", code, test.code, diff)
			}
		})
	}
}

func TestHealthzAndMetrics(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "ringfence_test", Help: "."}, func() float64 { return 7 }))
	handler := web.NewHandler("asterisk", nil, registry)
	if code, body := get(t, handler, "/healthz"); code != http.StatusOK || body != "ok\n" {
		t.Errorf("/healthz = %d %q", code, body)
	}
	if code, body := get(t, handler, "/metrics"); code != http.StatusOK || !strings.Contains(body, "ringfence_test 7") {
		t.Errorf("/metrics = %d %q", code, body)
	}
}
