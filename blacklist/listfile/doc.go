// Package listfile reads lists of callers in the formats that other systems
// and authorities write them in, and writes lists itself.
//
// A table is known by the names of its columns, in any order, in any case,
// with any others between them, and parted by commas, semicolons, tabs or
// bars. Places never count: lists have moved their columns, and a date reads
// as a number all too well. Only text that has no header is read by its
// beginning, and only if that is a number from the first line on.
//
//	format         known by                                   what is taken                              as described by
//	csv            number                                     every field of an entry                    Writer
//	jsonl          "rule" in objects, one a line or an array  every field of an entry                    Writer
//	freepbx        number, description                        "1" is no reason; SMSPlus' marks           FreePBX' module blacklist, Blacklist.class.php
//	yeastar-p      name, number, type                         & parts numbers; inbound and both          Yeastar P-Series, import and export parameters
//	yeastar-cloud  name, number, outlist                      ^ parts numbers; inbound and both          Yeastar Cloud PBX, import parameters
//	callattendant  phoneno                                    name and reason                            callattendant, webapp.py
//	3cx            caller id, phone number; description       * at the end                               lists that people keep for 3CX
//	plum           ani, delete                                x removes                                  Plum Voice, adding numbers to a blocklist
//	phoneblock     "numbers" in an object                     votes are reports, 0 removes; label        PhoneBlock API 1.7, /blocklist, /blacklist
//	ftc            company_phone_number                       subject; numbers of the US                 FTC, Do Not Call reported calls, daily CSV
//	fcc            caller id number                           type of call; numbers of the US            FCC, consumer complaints data, unwanted calls
//	fcc-json       "caller_id_number" in an array             likewise                                   the same from opendata.fcc.gov/resource
//	freeswitch     nothing; read as plain text                a number a line                            FreeSWITCH' mod_blacklist
//	plain          a number at the beginning of each line     the rest, or a # comment, is the reason    the many lists that people share
//
// The FCC has had three layouts, of 9, 12 and 14 columns; all are read by the
// same names. An own CSV needs the number's column only, and also takes its
// reason from comment, note or name.
//
// Of Yeastar's and Asterisk's patterns, X at the end, a point and ! become
// prefixes; classes of digits such as Z, N and [1-5], and X before a digit
// have no counterpart on the list and are refused. A prefix for ten digits that
// begin with 212 therefore stands for longer numbers, too.
//
// Numbers of the FTC and the FCC are of country code 1 unless a +, 00 or 011
// says otherwise: forged ones such as 493-012-3456 are nobody's in Berlin.
// Without a region, bare digits of more than six places are of any country,
// and are refused; the own formats take them if they are valid behind a +.
//
// A file is UTF-8, UTF-16 with a byte order mark, or Windows' code page 1252,
// which is decided row by row; lines end as on Unix, on Windows or on old
// Macs, the last one need not; gzip is unpacked. Rows are at most 64 KiB and
// 32 lines long, one line if they have a quote inside a text that isn't quoted
// (5" pipe). A quote that is never closed costs the line that it stands on, and
// reading goes on behind it. A broken element of a JSON array costs
// itself; brackets that don't match, and anything behind the array's end but
// the rest of the object around it, make the file unreadable, since rows may
// be behind them.
//
// What can't be taken is a Row, too, with a Problem: there is a Row for each
// number that a file names, good or bad, and none for headers, blank lines
// and comments.
package listfile
