// Package listfile reads lists of callers in the formats that other systems
// and authorities write them in, and writes lists itself.
//
// A table is detected by the names of its columns, in any order and case, with any
// others between them, separated by commas, semicolons, tabs or bars. Positions never
// count: publishers move columns, and a date may look like a number. Only text without a
// header is read by position, if its lines begin with a number.
//
//	format         known by                                   what is taken                              as described by
//	csv            number                                     every field of an entry                    Writer
//	jsonl          "number" in objects: lines, an array, "entries"  every field of an entry                    Writer
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
// The FCC has used three layouts, of 9, 12 and 14 columns; all have the same names. An
// own CSV only needs the column of the number, and also reads the reason from comment,
// note or name.
//
// In patterns of Yeastar and Asterisk, X at the end, a point and ! become a prefix;
// classes of digits such as Z, N and [1-5], and X before a digit, are refused. A prefix
// for ten digits that begin with 212 therefore also covers longer numbers.
//
// Numbers of the FTC and the FCC have country code 1 unless they begin with +, 00 or
// 011: a forged number such as 493-012-3456 is not in Berlin. Without a region, digits
// without + of more than six places are ambiguous and refused; the own formats accept
// them if they are valid with a +.
//
// A file is UTF-8, UTF-16 with a byte order mark, or Windows' code page 1252, which is
// detected per row. Lines end as on Unix, on Windows or on old Macs. gzip is unpacked. A
// row has at most 64 KiB and 32 lines, or one line if a text that is not quoted has a
// quote (5" pipe). If a quote is never closed, only its line is refused. A broken element
// of a JSON array is refused alone. If brackets do not match, or if extra data follows
// the end of the array, the file is unreadable, because it may have more rows.
//
// An invalid row is also a Row, with a Problem: there is a Row for each number of a file,
// and none for headers, blank lines and comments.
package listfile
