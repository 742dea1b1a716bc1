// Package phone gives a caller one canonical number for every way in which it is
// written: as a SIP user part, a SIP or tel URI, in the digits of any script, with
// brackets, dashes and blanks, with + or 00, with or without the trunk prefix of
// its country. So the list finds a number in whatever form it arrives.
//
// # How digits are read
//
// After a + follows a country code. A part that is only dialled inside the country
// is removed: the 0 of +49 (0)30, the 8 of +7 8 495, Argentina's 15,
// Brazil's carrier codes, Mexico's former 1. A zero that belongs to the
// number stays: +39 06. An invalid country code or length stays
// as it is, so that forged numbers can be listed. Numbers have 3 to 15 digits.
//
// Digits without a + are, in a region, the first of these that fits:
//
//  1. the region's trunk prefix and a valid national number
//  2. an international prefix, the region's own (011, 810, 0011…) or 00, and
//     a number; where both fit, a valid number is preferred, then 00
//  3. the trunk prefix and a national number of a possible length
//  4. up to six digits: Local, if the region has a trunk prefix
//  5. the region's own country code and a valid number, or more digits than
//     any national number has
//  6. a valid national number without its trunk prefix; in Germany, Austria,
//     Italy, Luxembourg and others whose landlines have numbers of nearly any
//     length, mobile numbers only
//  7. eight digits or more that are valid behind a +
//  8. any valid national number, or one of the length that all numbers of
//     the region have
//  9. Local, the digits as they are
//
// Without a region only 00, 7 and 9 apply. Digits with * or # are Local.
//
// # What stays ambiguous
//
// Without + and without trunk prefix, 15123456789 is a German mobile number
// in DE and a Texan one elsewhere. A Russian 84… is read as 8 and an area code, never as Vietnam's +84; a
// Mexican or Spanish number has no trunk prefix, so each valid one of them
// goes before a foreign one. Where a region's own international prefix
// begins with 00 and a carrier's digit (Brazil, Colombia, Hong Kong, Korea,
// Nigeria, Singapore, Thailand…), 00 followed by a valid number is taken for
// the plain 00 of a gateway. An Argentine mobile is +54 9 11…, which is what
// 011 15… becomes; without its 15 or 9 it looks like a landline of
// the same digits and is another number. Numbers as dialled inside a town,
// without the area code, stay Local, and so do national numbers of up to six
// digits without the trunk prefix (St. Pierre and Miquelon, Kiribati). The
// digits 266696687, which Twilio sends for anonymous callers, are Withheld
// even where a national number could be written so (Portugal).
package phone
