// Package phone gives a caller one canonical number for every way in which it is
// written: as a SIP user part, a SIP or tel URI, in the digits of any script, with
// brackets, dashes and blanks, with + or 00, with or without the trunk prefix of
// its country. So the list finds a number in whatever form it arrives.
//
// # How digits are read
//
// After a + follows a country code. A part that is only dialled inside the country
// is removed: the 0 of +49 (0)30, the 8 of +7 8 495, Argentina's 15 and 9,
// Brazil's carrier codes, Mexico's former 1, 01, 044 and 045. An old number becomes
// the one that a reform made of it: in Benin, Brazil, Cameroon, Côte d'Ivoire and
// Vietnam. A zero that belongs to the number stays: +39 06. An invalid country code
// or length stays as it is, so that forged numbers can be listed. Numbers have 3 to 15
// digits.
//
// Digits without a + are, in a region, the first of these that fits:
//
//  1. the region's trunk prefix and a valid national number
//  2. an international prefix, the region's own (011, 810, 0011…) or 00, and
//     a number; where both fit, the one with a valid number, else the region's own
//     if seven digits or more follow. Only a valid national number that begins so
//     goes first (Korea's 00308), if no foreign one is valid
//  3. the trunk prefix and a national number of a possible length, even
//     if no number begins with its digits
//  4. up to six digits: Local, if the region has a trunk prefix; but five or six
//     that are a service number which is written without it (Australia's
//     13 17 55, the Netherlands' 14 020) are national
//  5. the region's own country code and a valid number, or more digits than
//     any national number has
//  6. a valid national number without its trunk prefix; in Germany, Austria,
//     Italy, Luxembourg and others whose landlines have numbers of nearly any
//     length, mobile numbers only
//  7. as many digits as the region's numbers have where there is no trunk
//     prefix, ten in country code 1, and as many as mobile numbers, with the
//     same first digit, where these have no trunk prefix: they may be of a
//     range that is newer than the numbering data
//  8. eight digits or more that are valid behind a +
//  9. any valid national number, or one of the length that all numbers of
//     the region have
//  10. Local, the digits as they are
//
// Without a region only 00, 8 and 10 apply. Digits with * or # are Local. The
// phone-context of a tel URI is put before its digits.
//
// # No number
//
// Zeros of any length, with a country code or without, are Withheld, as are the words that
// networks send, such as anonymous. Twilio sends some of them as they
// are on a telephone's keys: +266696687, +7378742833, +2562533, +8656696 and
// +86282452253. A single 0 is an operator.
//
// # What people type
//
// Region.Number and Region.Pattern read one number at a time, and leave out nothing. Blanks, dashes, dots,
// slashes and brackets may be in a number as its country writes it. They refuse what may be
// two numbers, a number and another ending for it, or a range: 030 23125012 / 13. Of
// other systems' wildcards, those of an Asterisk pattern become a prefix (_0900. is
// 0900*), and others are refused. Of a spreadsheet they read ="+44…",
// an apostrophe and decimals of zeros, and refuse what it has changed: 4.93E+11.
// Region.Caller and Region.Line read what a line sends. They refuse
// nothing, so that no character hides a listed number.
//
// # What stays ambiguous
//
// Without + and without trunk prefix, 15123456789 is a German mobile number
// in DE and a Texan one elsewhere. A Russian 84… is read as 8 and an area code, never as Vietnam's +84; a
// Mexican or Spanish number has no trunk prefix, so each valid one of them
// goes before a foreign one. Where a region's own international prefix
// begins with 00 and a carrier's digit (Brazil, Colombia, Hong Kong, Korea,
// Nigeria, Singapore, Thailand…), 00 followed by a valid number is taken for
// the plain 00 of a gateway. An Argentine number is kept without the 9 and the 15 of mobile
// numbers, since trunks send it with and without them: +541155550123. A prefix of digits that
// begin both an old number and a new one is of new ones: +55 31 9555* has the ninth digit of Brazil's
// mobile numbers. Numbers as dialled inside a town,
// without the area code, stay Local, and so do national numbers of up to six
// digits without the trunk prefix (St. Pierre and Miquelon, Kiribati). The
// digits 266696687, which Twilio sends for anonymous callers, are Withheld
// even where a national number could be written so (Portugal). A German landline number with
// an extension behind a dash is one number of up to 11 digits: 030 23125-12.
package phone
