package phone_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/phone/phonetest"
)

// oddLines are texts that hold +4930666200 in a way that no network uses.
var oddLines = []string{
	"#31#+4930666200", "*67+4930666200", "*31#+49 30 666200", "1+4930666200", "1@+4930666200", "1@+4930666200@host", "49+4930666200", "x1+4930666200",
	"<1>+4930666200", "<1> +4930666200;tag=1", "<sip:1@x>+4930666200", "<x>+4930666200",
	"+4%930666200", "+49306%66200", "%+4930666200", "+4930666200%",
	"+4930,666200", "+4930?666200", "+4930:666200", "+49,30,666200", "+4,930666200", "+49?30:66,6200", "0306,66200", "030:666200", "0049?30666200",
	"sip:1+4930666200", "tel:1+4930666200;phone-context=+1",
	"030666200#", "030#666200", "*030666200", "03066*6200", "030666200＃", "*31#030666200", "0a30666200", "03x0666200", "+4930Ω666200", "1<030#666200",
}

// What a line sends is found however it is spelled, and marked. What people type is
// not read so.
func TestLine_FindsOddSpellings(t *testing.T) {
	t.Parallel()
	for _, text := range oddLines {
		if n, uncertain := phone.Region("DE").Line(text); n.String() != "+4930666200" || !uncertain {
			t.Errorf("%q is read as %s, uncertain %v", text, n, uncertain)
		}
	}
	for _, text := range []string{"#31#+4930666200", "1+4930666200", "<x>+4930666200"} {
		if n, err := phone.Region("DE").Number(text); err == nil {
			t.Errorf("%q is taken for %s when it is typed", text, n)
		}
	}
	// What no number is found in is at least marked.
	for _, text := range []string{"<1>666200", "<100> 030"} {
		if n, uncertain := phone.Region("DE").Line(text); !uncertain {
			t.Errorf("%q is read as %s, without a doubt", text, n)
		}
	}
}

// Spaces around an address are no trick, and no number follows it.
func TestLine_IgnoresSpaces(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"123@host", " 123@host", "123@host ", "\t123@host", " sip:123@host", "<sip:123@host> ", " <123> ;tag=1"} {
		if n, uncertain := phone.Region("DE").Line(text); n.String() != "123" || uncertain {
			t.Errorf("%q is read as %s, uncertain %v", text, n, uncertain)
		}
	}
}

// What Caller reads whole, Line reads alike.
func TestLine_ReadsAsCaller(t *testing.T) {
	t.Parallel()
	for _, group := range phonetest.Spellings {
		if group.Want == "unreadable" || group.Want == "" {
			continue
		}
		for _, text := range group.Texts {
			if n, uncertain := phone.Region(group.Region).Line(text); n.String() != group.Want || uncertain {
				t.Errorf("%q in %s is read as %s, uncertain %v, want %s", text, group.Region, n, uncertain, group.Want)
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		checkLine(t, anyRegion().Draw(t, "region"), anyText().Draw(t, "text"))
	})
}

// checkLine holds what is true of every text in every region.
func checkLine(t interface{ Fatalf(string, ...any) }, region phone.Region, text string) {
	called := region.Caller(text)
	n, uncertain := region.Line(text)
	switch {
	case called.Known() && !n.Known():
		t.Fatalf("%q is read as %s, but as %s by Caller", text, n, called)
	case n != called && !uncertain:
		t.Fatalf("%q is read as %s without a doubt, as %s by Caller", text, n, called)
	case !n.Known():
		return
	}
	if again, uncertain := region.Line(n.String()); again != n || uncertain {
		t.Fatalf("%s of %q is read as %s, uncertain %v", n, text, again, uncertain)
	}
}
