package ari_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/ringfence/ringfence/ari"
)

// stasisStart is as Asterisk 22.10.1 sends it.
const stasisStart = `{"type":"StasisStart","timestamp":"2026-11-23T16:03:37.866+0000","args":["100","%2B4930123456","allowed","","c3"],` +
	`"channel":{"id":"c3-2","name":"PJSIP/trunk-00000005","state":"Ring","protocol_id":"8e2a@host","caller":{"name":"Eve",` +
	`"number":"+4930123456"},"connected":{"name":"","number":""},"accountcode":"","dialplan":{"context":"ringfence","exten":"s",` +
	`"priority":3,"app_name":"Stasis","app_data":"ringfence,100"},"creationtime":"2026-11-23T16:03:37.866+0000","language":"en"},` +
	`"asterisk_id":"02:fc:00:00:00:01","application":"ringfence"}`

func TestDecode(t *testing.T) {
	t.Parallel()
	got, err := ari.Decode([]byte(stasisStart))
	if err != nil {
		t.Fatal(err)
	}
	if got.Call.ID != "c3-2" || got.Call.Channel != "PJSIP/trunk-00000005" || got.Call.SIPCallID != "8e2a@host" || got.Call.Number != "+4930123456" ||
		got.Call.Name != "Eve" || strings.Join(got.Call.Args, "|") != "100|%2B4930123456|allowed||c3" {
		t.Errorf("decoded as %+v", got)
	}
}

// An event with a time that the library cannot read still names its playback or
// its user event.
func TestDecode_TimeInAnUnusualFormat(t *testing.T) {
	t.Parallel()
	const time = `"timestamp":"2026-11-23T16:03:37Z",`
	finished, err := ari.Decode([]byte(`{"type":"PlaybackFinished",` + time + `"playback":{"id":"p","state":"failed"}}`))
	if err != nil || finished.Playback != "p" || finished.PlaybackState != "failed" {
		t.Errorf("the end of a playback is decoded as %+v, %v", finished, err)
	}
	event, err := ari.Decode([]byte(`{"type":"ChannelUserevent",` + time + `"eventname":"beat"}`))
	if err != nil || event.Name != "beat" {
		t.Errorf("a user event is decoded as %+v, %v", event, err)
	}
}

// FuzzDecode: no frame makes the decoder panic; what it passes names
// what it is about; and a call's id and arguments are those in the frame.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		stasisStart, `{"type":"StasisEnd","channel":{"id":"c"}}`, `{"type":"PlaybackFinished","playback":{"id":"p","state":"done"}}`,
		`{"type":"ChannelUserevent","eventname":"x","userevent":[1]}`, `{"type":"StasisStart","channel":{"id":7},"args":{}}`,
		`{"type":"ApplicationReplaced"}`, `{"Type":"StasisStart","CHANNEL":{"ID":"c"}}`, `[]`, "\xff", `{"type":"CallBroadcast"}`,
		`{"type":"StasisStart","channel":{"id":"c","creationtime":{"seconds":1}},"replace_channel":{"id":5}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		got, err := ari.Decode(frame)
		if err != nil {
			return
		}
		if got.Kind == "" {
			t.Fatal("an event without a type")
		}
		switch got.Kind {
		case "StasisStart", "StasisEnd":
			if got.Call.ID == "" {
				t.Fatal("a call without an id")
			}
			var plain struct {
				Channel struct{ ID string }
			}
			if json.Unmarshal(frame, &plain) == nil && plain.Channel.ID != got.Call.ID {
				t.Fatalf("id %q, the frame says %q", got.Call.ID, plain.Channel.ID)
			}
		case "PlaybackFinished":
			if got.Playback == "" {
				t.Fatal("a playback without an id")
			}
		default:
			if !ari.Known(got.Kind) && (got.Call.ID != "" || got.Name != "") {
				t.Fatal("more than its type was taken from an unknown event")
			}
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	frame := []byte(stasisStart)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ari.Decode(frame); err != nil {
			b.Fatal(err)
		}
	}
}
