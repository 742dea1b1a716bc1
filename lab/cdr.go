package lab

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// A CDR is one of Asterisk's own call detail records.
type CDR struct {
	Caller, Dialled, Channel  string
	LastApp, LastData, Start  string
	Duration, Billed          string // seconds
	Disposition               string // "ANSWERED", "NO ANSWER", "BUSY", "FAILED"
	UniqueID, LinkedID, Field string // Field is the userfield
}

// CDRs returns the records written so far. A call's record is written shortly
// after its end.
func (a *Asterisk) CDRs() ([]CDR, error) {
	file, err := os.Open(filepath.Join(a.dir, "log/cdr-custom/Master.csv"))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open call records: %w", err)
	}
	defer func() { _ = file.Close() }()
	reader := csv.NewReader(file)
	reader.FieldsPerRecord = 12
	reader.LazyQuotes = true // a caller's name may hold anything
	rows, err := reader.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read call records: %w", err)
	}
	records := make([]CDR, len(rows))
	for i, row := range rows {
		records[i] = CDR{
			Caller: row[0], Dialled: row[1], Channel: row[2],
			LastApp: row[3], LastData: row[4], Start: row[5],
			Duration: row[6], Billed: row[7],
			Disposition: row[8],
			UniqueID:    row[9], LinkedID: row[10], Field: row[11],
		}
	}
	return records, nil
}

// WaitCDR waits up to half a minute for the record of a SIP caller's own
// channel, and not that of the queue's member, and returns it. The caller must
// not have called before.
func (a *Asterisk) WaitCDR(ctx context.Context, caller string) (CDR, error) {
	var found CDR
	err := poll(ctx, 10*time.Millisecond, func() (bool, error) {
		records, err := a.CDRs()
		if err != nil {
			return false, nil //nolint:nilerr // half a line, as it is being written
		}
		for _, record := range records {
			if record.Caller == caller && strings.HasPrefix(record.Channel, "PJSIP/") {
				found = record
				return true, nil
			}
		}
		return false, nil
	})
	if err != nil {
		return CDR{}, fmt.Errorf("wait for the call record of %q: %w", caller, err)
	}
	return found, nil
}
