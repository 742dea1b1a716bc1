package phone_test

import (
	"errors"
	"fmt"

	"github.com/ringfence/ringfence/phone"
)

// A caller has one identity, whatever the trunk delivers.
func ExampleRegion_Caller() {
	germany := phone.Region("DE")
	for _, text := range []string{"030 666200", "0049-30-666200", "sip:+4930666200@192.0.2.10", "anonymous"} {
		fmt.Println(germany.Caller(text))
	}
	// Output:
	// +4930666200
	// +4930666200
	// +4930666200
	// withheld
}

// What an operator types is read strictly: without a region, a national number
// may be of any country.
func ExampleRegion_Number() {
	number, err := phone.Region("DE").Number("(030) 666-200")
	fmt.Println(number, err)

	_, err = phone.Region("").Number("030 666200")
	fmt.Println(errors.Is(err, phone.ErrNoRegion))
	// Output:
	// +4930666200 <nil>
	// true
}

// A pattern is a number or a prefix.
func ExamplePattern_Matches() {
	london, err := phone.Region("GB").Pattern("020 7*")
	if err != nil {
		panic(err)
	}
	fmt.Println(london, london.Matches(phone.Region("DE").Caller("0044 20 7183 8750")))
	// Output: +44207* true
}
