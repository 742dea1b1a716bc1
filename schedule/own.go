package schedule

import (
	"slices"
	"time"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/ca"
	"github.com/rickar/cal/v2/ch"
	"github.com/rickar/cal/v2/gb"
)

// The holidays of countries for which the library has another law, or no parts.

// argentina follows Ley 27.399: some days move to a Monday.
var argentina = []*cal.Holiday{
	fixed("Año Nuevo", on(time.January, 1)),
	fixed("Carnaval", easter(-48)),
	fixed("Carnaval", easter(-47)),
	fixed("Día Nacional de la Memoria por la Verdad y la Justicia", on(time.March, 24)),
	fixed("Día del Veterano y de los Caídos en la Guerra de Malvinas", on(time.April, 2)),
	fixed("Jueves Santo", easter(-3)),
	fixed("Viernes Santo", easter(-2)),
	fixed("Día del Trabajo", on(time.May, 1)),
	fixed("Día de la Revolución de Mayo", on(time.May, 25)),
	fixed("Paso a la Inmortalidad del General Martín Miguel de Güemes", trasladable(time.June, 17)),
	fixed("Paso a la Inmortalidad del General Manuel Belgrano", on(time.June, 20)),
	fixed("Día de la Independencia", on(time.July, 9)),
	fixed("Paso a la Inmortalidad del General José de San Martín", trasladable(time.August, 17)),
	fixed("Día del Respeto a la Diversidad Cultural", trasladable(time.October, 12)),
	fixed("Día de la Soberanía Nacional", trasladable(time.November, 20)),
	fixed("Inmaculada Concepción de María", on(time.December, 8)),
	fixed("Navidad", on(time.December, 25)),
}

// trasladable is a day that moves to the Monday before, from Tuesday and Wednesday,
// or after, from Thursday and Friday.
func trasladable(month time.Month, day int) calc {
	return func(year int) time.Time {
		at := on(month, day)(year)
		switch weekday := at.Weekday(); weekday {
		case time.Tuesday, time.Wednesday:
			return at.AddDate(0, 0, -int(weekday-time.Monday))
		case time.Thursday, time.Friday:
			return at.AddDate(0, 0, 7-int(weekday-time.Monday))
		default:
			return at
		}
	}
}

// canada has what all provinces and territories have.
var canada = []*cal.Holiday{
	ca.NewYear,
	ca.GoodFriday,
	fixed("Canada Day", on(time.July, 1)),
	ca.LabourDay,
	ca.ChristmasDay,
}

// The holidays of some provinces and territories.
var (
	familyDay         = february("Family Day")
	victoriaDay       = fixed("Victoria Day", mondayBefore25May)
	patriotsDay       = fixed("National Patriots' Day", mondayBefore25May)
	saintJeanBaptiste = fixed("Saint-Jean-Baptiste Day", on(time.June, 24), sundayToMonday...)
	indigenousDay     = fixed("National Indigenous Peoples Day", on(time.June, 21))
	canadaDayMonday   = fixed("Canada Day", on(time.July, 1), sundayToMonday...)
	canadaDayWeekend  = fixed("Canada Day", on(time.July, 1), weekendToMonday...)
	thanksgiving      = ca.ThanksgivingDay
	remembrance       = fixed("Remembrance Day", on(time.November, 11))
	remembranceMonday = fixed("Remembrance Day", on(time.November, 11), weekendToMonday...)
	boxingDay         = fixed("Boxing Day", on(time.December, 26), sundayToTuesday...)

	reconciliation       = since(2022, fixed("National Day for Truth and Reconciliation", on(time.September, 30)))
	reconciliationMonday = since(2024, fixed("National Day for Truth and Reconciliation", on(time.September, 30), weekendToMonday...))
)

func february(name string) *cal.Holiday { return fixed(name, nth(3, time.Monday, time.February)) }

func august(name string) *cal.Holiday { return fixed(name, nth(1, time.Monday, time.August)) }

func mondayBefore25May(year int) time.Time {
	at := on(time.May, 24)(year)
	return at.AddDate(0, 0, -(int(at.Weekday())+6)%7)
}

func canadian(more ...*cal.Holiday) []*cal.Holiday { return slices.Concat(canada, more) }

// switzerland has what all cantons have.
var switzerland = []*cal.Holiday{ch.Neujahr, ch.Auffahrt, ch.Bundesfeiertag, ch.Weihnachtstag}

var (
	// unitedKingdom has what all its parts have.
	unitedKingdom = []*cal.Holiday{
		gb.NewYear, gb.GoodFriday, gb.EarlyMay, gb.VEDay, gb.CoronationDay,
		gb.SpringHoliday, gb.SpringHoliday2022, gb.PlatinumJubilee, gb.ChristmasDay, gb.BoxingDay,
	}
	northernIreland = slices.Concat(gb.Holidays, []*cal.Holiday{
		fixed("Saint Patrick's Day", on(time.March, 17), weekendToMonday...),
		fixed("Battle of the Boyne", on(time.July, 12), weekendToMonday...),
	})
	scotland = slices.Concat(unitedKingdom, []*cal.Holiday{
		fixed("2nd January", on(time.January, 2),
			cal.AltDay{Day: time.Saturday, Offset: 2}, cal.AltDay{Day: time.Sunday, Offset: 2}, cal.AltDay{Day: time.Monday, Offset: 1}),
		gb.SummerHolidayScotland,
		fixed("Saint Andrew's Day", on(time.November, 30), weekendToMonday...),
	})
)

// russia follows the Labour Code, article 112. Days off that the government
// moves are not known.
var russia = []*cal.Holiday{
	fixed("Новогодние каникулы", on(time.January, 1)),
	fixed("Новогодние каникулы", on(time.January, 2)),
	fixed("Новогодние каникулы", on(time.January, 3)),
	fixed("Новогодние каникулы", on(time.January, 4)),
	fixed("Новогодние каникулы", on(time.January, 5)),
	fixed("Новогодние каникулы", on(time.January, 6)),
	fixed("Рождество Христово", on(time.January, 7)),
	fixed("Новогодние каникулы", on(time.January, 8)),
	fixed("День защитника Отечества", on(time.February, 23), weekendToMonday...),
	fixed("Международный женский день", on(time.March, 8), weekendToMonday...),
	fixed("Праздник Весны и Труда", on(time.May, 1), weekendToMonday...),
	fixed("День Победы", on(time.May, 9), weekendToMonday...),
	fixed("День России", on(time.June, 12), weekendToMonday...),
	fixed("День народного единства", on(time.November, 4), weekendToMonday...),
}

// ukraine follows the Labour Code, article 73, as of 2023.
var ukraine = []*cal.Holiday{
	fixed("Новий рік", on(time.January, 1), weekendToMonday...),
	fixed("Міжнародний жіночий день", on(time.March, 8), weekendToMonday...),
	fixed("Великдень", orthodoxEaster(0), sundayToMonday...),
	fixed("День праці", on(time.May, 1), weekendToMonday...),
	fixed("День пам'яті та перемоги над нацизмом", on(time.May, 8), weekendToMonday...),
	fixed("Трійця", orthodoxEaster(49), sundayToMonday...),
	fixed("День Конституції України", on(time.June, 28), weekendToMonday...),
	fixed("День Української Державності", on(time.July, 15), weekendToMonday...),
	fixed("День Незалежності України", on(time.August, 24), weekendToMonday...),
	fixed("День захисників і захисниць України", on(time.October, 1), weekendToMonday...),
	fixed("Різдво Христове", on(time.December, 25), weekendToMonday...),
}
