package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
)

const (
	// maxRows is how many different numbers the files can hold.
	maxRows = 20_000_000
	// maxPrefixes is how many different prefixes.
	maxPrefixes = 10_000
)

// spread is prime to maxRows, so that multiples of it come in no order and
// never twice.
const spread = 7_368_787

// listedNumber is the i-th number of the list.
func listedNumber(i int) string { return fmt.Sprintf("+4930%08d", i*spread%maxRows) }

// writeFile makes a file of lines.
func writeFile(folder, name string, write func(*bufio.Writer)) (string, error) {
	path := filepath.Join(folder, name)
	file, err := os.Create(path)
	if err != nil {
		return "", fmt.Errorf("make %s: %w", name, err)
	}
	buffer := bufio.NewWriterSize(file, 1<<20)
	write(buffer)
	if err := buffer.Flush(); err != nil {
		_ = file.Close()
		return "", fmt.Errorf("write %s: %w", name, err)
	}
	return path, file.Close()
}

// writeOwn makes a list in Ringfence's own format, in no order: a reason of 22
// bytes and a source of 13, which is what the aim of the memory is about.
func writeOwn(folder string, rows int) (string, error) {
	return writeFile(folder, "list.csv", func(w *bufio.Writer) {
		fmt.Fprintln(w, "kind,number,to,action,created,expires,hits,last_hit,source,author,reason")
		for i := range rows {
			fmt.Fprintf(w, "block,%s,,,,,,,import 202603,,reported by %02d callers\n", listedNumber(i), i%90+10)
		}
	})
}

// complaintHeader is that of the FCC's list of unwanted calls in its layout of
// 14 columns.
const complaintHeader = "Ticket ID,Ticket Created,Date of Issue,Time of Issue,Form,Method,Issue,Caller ID Number," +
	"Type of Call or Messge,Advertiser Business Number,City,State,Zip,Location (Center point of the Zip Code)"

// writeComplaints makes a complaint list as the FCC publishes it, with its
// dirt: some callers complained about often, spellings that vary, rows without
// a number, numbers that are none, quoted commas and line ends.
func writeComplaints(folder string, rows int) (string, error) {
	random := rand.New(rand.NewPCG(1, 1))
	areas := []int{203, 212, 305, 312, 404, 415, 512, 617, 702, 713, 818, 917}
	return writeFile(folder, "complaints.csv", func(w *bufio.Writer) {
		fmt.Fprintln(w, complaintHeader)
		for i := range rows {
			area, exchange, line := areas[random.IntN(len(areas))], 200+random.IntN(800), random.IntN(10_000)
			if random.IntN(4) == 0 { // one of some thousand that ring everybody
				area, exchange, line = areas[0], 200+random.IntN(10), random.IntN(500)
			}
			caller := fmt.Sprintf("%d-%03d-%04d", area, exchange, line)
			switch random.IntN(40) {
			case 0:
				caller = "None"
			case 1:
				caller = "-"
			case 2:
				caller = ""
			case 3:
				caller = fmt.Sprintf("(%d) %03d-%04d", area, exchange, line)
			case 4:
				caller = fmt.Sprintf("%d%03d%04d", area, exchange, line)
			case 5:
				caller = fmt.Sprintf("%03d-%04d", exchange, line)
			}
			city := "Aurora"
			switch random.IntN(20) {
			case 0:
				city = `"Winston, Salem"`
			case 1:
				city = "\"Two\nlines\""
			}
			fmt.Fprintf(w, "%d,08/12/2021 01:17:00 PM,08/12/2021,1:17 p.m.,Phone,Wired,Unwanted Calls,%s,Prerecorded Voice,,%s,CT,06712,\"CT 06712\n(41.5, -73.0)\"\n",
				4957510+i, caller, city)
		}
	})
}
