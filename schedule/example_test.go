package schedule_test

import (
	"fmt"
	"time"

	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/schedule"
)

// Working time says whether a dialled number is open, why, and until when.
func ExampleSchedule_At() {
	hours, err := schedule.Parse("mon-fri 9-18; zone Europe/Berlin; holidays DE", nil)
	if err != nil {
		panic(err)
	}
	fmt.Println(hours)

	office := schedule.New(nil, hours, nil)
	dialled := phone.Region("DE").Caller("030 231250")
	christmas := time.Date(2026, time.December, 25, 10, 0, 0, 0, hours.Zone())
	fmt.Println(office.At(dialled, christmas))
	fmt.Println(office.Until(dialled, christmas))
	// Output:
	// mon-fri 09:00-18:00; zone Europe/Berlin; holidays DE
	// closed: public holiday Weihnachtstag
	// 2026-12-28 09:00:00 +0100 CET
}
