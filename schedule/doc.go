// Package schedule has the working time of dialled numbers: whether one is
// open or closed at a moment, why, and until when.
//
// # The text of working time
//
// Clauses are separated by semicolons, in any order:
//
//	mon-fri 09:00-12:30, 13:30-18:00    the hours of some days of the week
//	fri, sat 22:00-06:00                a night belongs to the day on which it begins
//	24/7                                always
//	closed                              never, except on extra working days
//	zone Europe/Berlin                  the time zone
//	off 25.12, 2027-01-01               days off, every year or once
//	off 24.12..01.01                    all days from one to the other
//	holidays DE-BY                      public holidays, see Regions
//	work 2026-12-05 10:00-14:00         extra working days, with their own hours
//	calendar https://example.org/a.ics  events of an iCal feed close
//
// Reading is lenient: case and blanks, Monday or Mo, 9-18, 9am-5pm, 25 dec,
// daily, weekdays and weekend are valid too, and so are all blanks and dashes of
// Unicode. 9-5 is nine to five, on a clock with twelve hours: so is an end before its
// begin if it has no am or pm and no leading zero. Hours.String returns the canonical
// form, which is stored.
//
// # Which rule applies
//
// Times are local times of the zone. An hour that a change of clocks
// skips opens nothing, one that it repeats is open twice, and an interval that
// begins in a skipped hour begins when the hour is over.
//
// Of a day's rules the first that matches counts: an extra working day, a day
// off, a public holiday, a whole day of a calendar, the week. The rule decides
// about intervals that begin on the day: a night shift continues into a day off.
// Events of a calendar with a time close their span, but not on extra working
// days, which a user has set on purpose. An end does not belong to
// its interval: until 18:00 means that 18:00 is closed.
package schedule
