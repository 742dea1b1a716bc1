// Package listfile reads lists of callers in the formats that other systems
// and authorities write them in, and writes lists itself.
//
// A table is detected by the names of its columns, in any order, case and accents, with
// any others between them, separated by commas, semicolons, tabs or bars, or by what a
// first line such as sep=; says. Positions never count: publishers move columns, and a
// date may look like a number. Only text without a header is read by position, if its
// lines begin with a number.
//
//	format         known by                                   what is taken                              as described by
//	csv            number, Phone, Telefon, Телефон, …         every field of an entry; names and notes   Writer; exports of spreadsheets, Outlook and Google contacts
//	jsonl          "number" in lines, an array or "entries"   every field of an entry                    Writer
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
//	spamblocker    pattern                                    description; regular expressions           SpamBlocker for Android, CSV
//	astdb          /FAMILY/KEY : VALUE                        the family blacklist, or the first one     Asterisk, database show
//	vcard          BEGIN:VCARD                                each TEL; the name is the reason           RFC 2426, RFC 6350
//	ncid           nothing; read as plain text                several expressions a line; #= a reason    NCID, ncidd.blacklist(5)
//	freeswitch     nothing; read as plain text                a number a line                            FreeSWITCH' mod_blacklist
//	plain          a number at the beginning of each line     the rest, or a # comment, is the reason    the many lists that people share
//
// The FCC has used three layouts, of 9, 12 and 14 columns; all have the same names. Each
// column of a table whose name says that it has telephone numbers is read. Where one of
// them is called Number or the like, and may have something else, Options.Columns names
// the right ones. A table whose column is called number may have all columns of an
// export. A table of contacts takes the name as the reason.
//
// Several numbers in a cell or on a line are several rows, or one that is refused. In
// plain text, what follows a delimiter is a reason only if it is not a number.
//
// A pattern of another system is read as a prefix or is refused; it is never another
// number. In patterns of Yeastar and Asterisk, X at the end, a point and ! become a
// prefix; classes of digits such as Z, N and [1-5], and X before a digit, are refused. A
// prefix for ten digits that begin with 212 therefore also covers longer numbers. A
// regular expression is read if it means one number or one prefix: ^1?202555, \+4930.*
//
// Numbers of the FTC and the FCC have country code 1 unless they begin with +, 00 or
// 011: a forged number such as 493-012-3456 is not in Berlin. Without a region, digits
// without + of more than six places are ambiguous and refused. What Ringfence wrote itself
// accepts them if they are valid with a +: JSON with a kind, CSV with hits.
//
// A file is UTF-8, UTF-16 with or without a byte order mark, or Windows' code page 1252,
// which is detected per row. Lines end as on Unix, on Windows or on old Macs. gzip is
// unpacked. A row has at most 64 KiB and 32 lines, or one line if a text that is not
// quoted has a quote (5" pipe). If a quote is never closed, only its line is refused. A
// broken element of a JSON array is refused alone. If brackets do not match, or if extra
// data follows the end of the array, or if a vCard has no end, the file is unreadable,
// because it may have more rows.
//
// An invalid row is also a Row, with a Problem: there is a Row for each number of a file,
// and none for headers, blank lines and comments.
package listfile
