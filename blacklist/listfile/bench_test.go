package listfile_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/blacklist/listfile"
	"github.com/ringfence/ringfence/phone"
)

// BenchmarkRead reads a file of 100,000 rows; rows/s is the figure.
func BenchmarkRead(b *testing.B) {
	const rows = 100_000
	files := map[string]func(i int) string{
		"csv": func(i int) string {
			return fmt.Sprintf("block,+4930%07d,,,2026-11-24T03:00:00Z,,%d,,import,alice,calls at night %d\n", i, i%7, i)
		},
		"fcc": func(i int) string {
			return fmt.Sprintf("%d,08/12/2021 01:20:00 PM +0000,08/12/2021,1:17 p.m.,Phone,Wired,Unwanted Calls,%03d-%03d-%04d,Prerecorded Voice,,Waterbury,CT,06712,\"CT 06712\n(41.5, -72.98)\"\n",
				4000000+i, 201+i%700, 200+i%800, i%10000)
		},
		"plain": func(i int) string { return fmt.Sprintf("030%07d # night\n", i) },
		"jsonl": func(i int) string {
			return fmt.Sprintf(`{"number":"+4930%07d","kind":"block","reason":"night","source":"import","created":"2026-11-24T03:00:00Z","hits":0}`+"\n", i)
		},
	}
	headers := map[string]string{
		"csv": "kind,number,to,action,created,expires,hits,last_hit,source,author,reason\n",
		"fcc": "Ticket ID,Ticket Created,Date of Issue,Time of Issue,Form,Method,Issue,Caller ID Number,Type of Call or Messge,Advertiser Business Number,City,State,Zip,Location (Center point of the Zip Code)\n",
	}
	for _, name := range []string{"csv", "fcc", "plain", "jsonl"} {
		var text strings.Builder
		text.WriteString(headers[name])
		for i := range rows {
			text.WriteString(files[name](i))
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(text.Len()))
			for b.Loop() {
				reader, err := listfile.Open(strings.NewReader(text.String()), listfile.Options{Region: "DE"})
				if err != nil {
					b.Fatal(err)
				}
				got := 0
				for _, err := range reader.Rows() {
					if err != nil {
						b.Fatal(err)
					}
					got++
				}
				if got != rows {
					b.Fatalf("%d rows", got)
				}
			}
			b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// BenchmarkWrite writes an entry.
func BenchmarkWrite(b *testing.B) {
	pattern, err := phone.ParsePattern("+4930123456")
	if err != nil {
		b.Fatal(err)
	}
	entry := blacklist.Entry{
		Rule: blacklist.Rule{Pattern: pattern}, Kind: blacklist.Block, Reason: "calls at night", Source: "import",
		Created: time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC),
	}
	for _, format := range listfile.WrittenFormats() {
		b.Run(string(format), func(b *testing.B) {
			b.ReportAllocs()
			w, err := listfile.NewWriter(&bytes.Buffer{}, format)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if err := w.Write(entry); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
