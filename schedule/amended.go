package schedule

import (
	"slices"
	"strings"
	"time"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/ch"
	"github.com/rickar/cal/v2/de"
)

// An Amendment is a change of the holidays of rickar/cal, or a difference to other
// calendars, with its law.
type Amendment struct {
	// Regions are the codes of the regions that it is for.
	Regions []string
	Change  Change
	// Names are the names of the holidays.
	Names []string
	// From and Until are the first and the last year, 0 if there is none.
	From, Until int
	// Law is the law, decree or list that says so.
	Law string

	holidays []*cal.Holiday
}

// Change is what an amendment does.
type Change string

// The changes of amendments.
const (
	// Added holidays are missing in the library.
	Added Change = "added"
	// Removed holidays of the library are working days.
	Removed Change = "removed"
	// Changed holidays have other days in the library.
	Changed Change = "changed"
	// Renamed holidays have another name in the library: the first of Names.
	Renamed Change = "renamed"
	// Replaced holidays of the library are all of the region.
	Replaced Change = "replaced"
	// Kept holidays, those whose names have one of Names in them, are missing in other
	// calendars.
	Kept Change = "kept"
	// LeftOut holidays are in other calendars.
	LeftOut Change = "left out"
)

// applies reports whether the amendment is for a year of a region.
func (a Amendment) applies(code string, year int) bool {
	return slices.Contains(a.Regions, code) && (a.From == 0 || year >= a.From) && (a.Until == 0 || year <= a.Until)
}

// Amendments returns all amendments in the order of their regions.
func Amendments() []Amendment { return slices.Clone(amendments) }

// amended returns the holidays of a region's year: those of the library, with all
// amendments.
func amended(code string, library []*cal.Holiday, year int) []*cal.Holiday {
	days := slices.DeleteFunc(slices.Clone(library), func(known *cal.Holiday) bool { return known.Type == cal.ObservanceOther })
	for _, amendment := range amendments {
		if !amendment.applies(code, year) {
			continue
		}
		switch amendment.Change {
		case Added, Removed, Changed:
			if amendment.Change != Added {
				days = slices.DeleteFunc(days, func(known *cal.Holiday) bool { return slices.Contains(amendment.Names, known.Name) })
			}
			days = append(days, amendment.holidays...)
		case Renamed:
			for i, known := range days {
				if known.Name == amendment.Names[0] {
					days[i] = known.Clone(&cal.Holiday{Name: amendment.Names[1]})
				}
			}
		case Replaced, Kept, LeftOut:
		}
	}
	return days
}

// Difference returns the amendment that explains why a day is a holiday of a region
// here and not in another calendar, for which theirs is "", or the other way round.
func Difference(code string, day time.Time, theirs string) (Amendment, bool) {
	year := day.Year()
	ours := holiday(code, year, dateOf(day.Date()))
	name, _ := strings.CutSuffix(ours, inLieu)
	if (ours == "") == (theirs == "") {
		return Amendment{}, false
	}
	for _, amendment := range amendments {
		if !amendment.applies(code, year) {
			continue
		}
		for _, named := range amendment.Names {
			explains := false
			switch amendment.Change {
			case Added:
				explains = named == name
			case Removed, Changed:
				explains = named == name || theirs != "" && inLibrary(code, named, day)
			case Kept:
				explains = ours != "" && strings.Contains(ours, named)
			case LeftOut:
				explains = strings.Contains(theirs, named)
			case Renamed, Replaced:
			}
			if explains {
				return amendment, true
			}
		}
	}
	return Amendment{}, false
}

// inLibrary reports whether the library has a holiday of that name on a day.
func inLibrary(code, name string, day time.Time) bool {
	holidayYears.Lock()
	defer holidayYears.Unlock()
	return slices.ContainsFunc(libraryOf(code), func(known *cal.Holiday) bool {
		actual, observed := known.Calc(day.Year())
		return known.Name == name && (observed.Equal(day) || actual.Equal(day))
	})
}

// libraryOf returns the holidays that the library has for a region.
func libraryOf(code string) []*cal.Holiday {
	i := slices.IndexFunc(regions, func(known region) bool { return known.code == code })
	return regions[i].holidays
}

func add(regions string, years years, law string, holidays ...*cal.Holiday) Amendment {
	made := amend(Added, regions, years, law)
	made.holidays = holidays
	for _, holiday := range holidays {
		made.Names = append(made.Names, holiday.Name)
	}
	return made
}

func amend(change Change, regions string, years years, law string, names ...string) Amendment {
	return Amendment{Regions: strings.Fields(regions), Change: change, Names: names, From: years.from, Until: years.until, Law: law}
}

type years struct{ from, until int }

var always = years{}

func from(year int) years { return years{from: year} }

func in(year int) years { return years{year, year} }

const (
	// swissList is what the cantons have reported.
	swissList = "Bundesamt für Justiz: gesetzliche Feiertage der Kantone; communes may have more"

	bridge        = "Feriado con fines turísticos"
	berchtoldstag = "Berchtoldstag"
	stephanstag   = "Zweiter Weihnachtsfeiertag"
)

// amendments are in the order of their regions.
var amendments = []Amendment{
	amend(Replaced, "AR", always, "Ley 27.399"),
	add("AR", in(2026), "Resolución 164/2025 de la Jefatura de Gabinete de Ministros",
		fixed(bridge, on(time.March, 23)), fixed(bridge, on(time.July, 10)), fixed(bridge, on(time.December, 7))),
	amend(Renamed, "AU-ACT AU-NSW AU-NT AU-QLD AU-SA AU-TAS AU-VIC AU-WA", from(2023), "accession of Charles III", "Queen's Birthday", "King's Birthday"),
	add("AU-NSW", in(2026), "Public Holidays Act 2010 (NSW), additional days of 2026 and 2027", fixed("ANZAC Day (observed)", on(time.April, 27))),
	add("AU-NSW", in(2027), "Public Holidays Act 2010 (NSW), additional days of 2026 and 2027", fixed("ANZAC Day (observed)", on(time.April, 26))),
	add("AU-NT", from(2024), "Public Holidays Act 1981 (NT)", fixed("Easter Sunday", easter(0))),
	amend(LeftOut, "AU-QLD", always, "Holidays Act 1983 (Qld), s 4: the day is only for Brisbane", "The Royal Queensland Show"),
	add("AU-SA", from(2024), "Public Holidays Act 2023 (SA)", fixed("Easter Sunday", easter(0))),
	replace("AU-SA", from(2024), "Public Holidays Act 2023 (SA): no day in lieu", fixed("ANZAC Day", on(time.April, 25))),
	add("AU-WA", from(2022), "Public and Bank Holidays Act 1972 (WA)", fixed("Easter Sunday", easter(0))),
	add("BE", always, "a Sunday", fixed("Pasen", easter(0)), fixed("Pinksteren", easter(49))),
	add("BG", always, "Кодекс на труда, чл. 154", fixed("Велика събота", orthodoxEaster(-1)), fixed("Великден", orthodoxEaster(0))),
	add("BG", in(2026), "Решение на Министерския съвет № 808 от 19.11.2025", fixed("Неприсъствен ден", on(time.January, 2))),
	add("BR", from(2024), "Lei nº 14.759/2023", fixed("Consciência Negra", on(time.November, 20))),
	amend(Removed, "BR", always, "Lei nº 662/1949 and Lei nº 9.093/1995: pontos facultativos", "Carnaval", "Corpus Christi"),
	amend(Replaced, "CA", always, "what all provinces and territories have; each has its employment standards act"),
	amend(Replaced, "CH", always, "what all cantons have; federal law has only 1 August"),
	add("CH-AG", always, swissList, ch.TagderArbeit),
	replace("CH-AI CH-AR CH-UR", always, swissList+"; not on Tuesday and Saturday",
		fixed(stephanstag, only(on(time.December, 26), func(at time.Time) bool {
			return at.Weekday() != time.Tuesday && at.Weekday() != time.Saturday
		}))),
	amend(Removed, "CH-BL", always, "Ruhetagsgesetz BL", "Fronleichnam", "Mariä Himmelfahrt"),
	amend(Removed, "CH-FR", always, swissList, "Tag der Arbeit", "Fronleichnam", "Mariä Himmelfahrt", "Allerheiligen"),
	amend(Removed, "CH-GE", always, "Loi sur les jours fériés GE (J 1 45)", "Fronleichnam"),
	add("CH-GE", always, "Loi sur les jours fériés GE (J 1 45)",
		fixed("Jeûne genevois", after(4, nth(1, time.Sunday, time.September))), fixed("Restauration de la République", on(time.December, 31))), //nolint:misspell // It is French.
	add("CH-GL", always, "Ruhetagsgesetz GL", fixed("Näfelser Fahrt", naefelserFahrt)),
	amend(Removed, "CH-GR", always, "Ruhetagsgesetz GR; communes have more",
		"Heilige Drei Könige", "Josefstag", "Karfreitag", "Fronleichnam", "Mariä Himmelfahrt", "Allerheiligen", "Mariä Empfängnis"),
	add("CH-JU", always, swissList, fixed("Fête de l'indépendance", on(time.June, 23))),
	amend(Removed, "CH-LU", always, "Ruhetags- und Ladenschlussgesetz LU", "Josefstag"),
	add("CH-LU", always, "Ruhetags- und Ladenschlussgesetz LU", ch.Berchtoldstag, ch.Ostermontag, ch.Pfingstmontag),
	add("CH-NE", always, swissList, fixed("Instauration de la République", on(time.March, 1)),
		fixed(berchtoldstag, only(on(time.January, 2), isMonday)), fixed(stephanstag, only(on(time.December, 26), isMonday))),
	add("CH-OW", always, "Ruhetagsgesetz OW", fixed("Bruder Klaus", on(time.September, 25))),
	amend(Removed, "CH-SO", always, "Ruhetagsgesetz SO; districts have more",
		"Tag der Arbeit", "Pfingstmontag", "Fronleichnam", "Mariä Himmelfahrt", "Allerheiligen", stephanstag),
	add("CH-TI", always, swissList, fixed("Santi Pietro e Paolo", on(time.June, 29))),
	add("CH-VD", always, swissList, fixed("Lundi du Jeûne", after(1, nth(3, time.Sunday, time.September)))),
	amend(Removed, "CH-ZG", always, "Ruhetags- und Ladenöffnungsgesetz ZG", "Ostermontag", "Pfingstmontag", stephanstag),
	add("CH-ZG", always, "Ruhetags- und Ladenöffnungsgesetz ZG", ch.Fronleichnam, ch.MariaHimmelfahrt, ch.MariaEmpfangnis),
	add("DE-BB", always, "Feiertagsgesetz Brandenburg, § 2", fixed("Ostersonntag", easter(0)), fixed("Pfingstsonntag", easter(49))),
	add("DE-BE", in(2028), "Gesetz über die Sonn- und Feiertage Berlin, § 1", fixed("75. Jahrestag des Aufstandes vom 17. Juni 1953", on(time.June, 17))),
	add("DE-MV", from(2023), "Feiertagsgesetz Mecklenburg-Vorpommern, § 2", de.Frauentag),
	amend(Removed, "DK", always, "Helligdagsforordningen 1770: no helligdag", "Grundlovsdag"),
	add("DK", always, "Helligdagsforordningen 1770", fixed("Påskedag", easter(0)), fixed("Pinsedag", easter(49))),
	amend(Replaced, "GB", always, "what all parts have; Banking and Financial Dealings Act 1971"),
	add("GB-SCT", in(2026), "Royal Proclamation of February 2026", fixed("Bank holiday for the World Cup", on(time.June, 15))),
	add("GR", in(2027), "decision of the Minister of Labour, as in 2024, since 1 May is Holy Saturday", fixed("Εργατική Πρωτομαγιά (observed)", on(time.May, 4))),
	add("GR", in(2032), "decision of the Minister of Labour, as in 2024, since 1 May is Holy Saturday", fixed("Εργατική Πρωτομαγιά (observed)", on(time.May, 4))),
	add("IT", from(2026), "Legge 8 ottobre 2025, n. 151", fixed("San Francesco d'Assisi", on(time.October, 4))),
	add("IT", always, "Legge 27 maggio 1949, n. 260 and Legge 5 marzo 1977, n. 54: Sundays",
		fixed("Pasqua", easter(0)), fixed("Giorno dell'unità nazionale", nth(1, time.Sunday, time.November))),
	add("LT", always, "Darbo kodeksas, 123 str.", fixed("Šv. Velykos", easter(0)),
		fixed("Motinos diena", nth(1, time.Sunday, time.May)), fixed("Tėvo diena", nth(1, time.Sunday, time.June))),
	add("LV", always, "Likums „Par svētku, atceres un atzīmējamām dienām”",
		fixed("Mātes diena", nth(2, time.Sunday, time.May)), fixed("Vasarsvētki", easter(49))),
	add("LV", in(2026), "Ministru kabineta rīkojums par darba dienu pārcelšanu 2026. gadā",
		fixed("Brīvdiena", on(time.January, 2)), fixed("Brīvdiena", on(time.June, 22))),
	replace("MW", always, "Public Holidays Act: two days in lieu of two holidays",
		fixed("Christmas Day", on(time.December, 25), cal.AltDay{Day: time.Saturday, Offset: 2}, cal.AltDay{Day: time.Sunday, Offset: 2}),
		fixed("Christmas Boxing Day", on(time.December, 26), cal.AltDay{Day: time.Saturday, Offset: 2}, cal.AltDay{Day: time.Sunday, Offset: 2})),
	replace("NL", always, "a day off every fifth year, since 1990",
		fixed("Bevrijdingsdag", only(on(time.May, 5), func(at time.Time) bool { return at.Year()%5 == 0 }))),
	add("NL", always, "Sundays", fixed("Eerste Paasdag", easter(0)), fixed("Eerste Pinksterdag", easter(49))),
	add("NO", always, "Lov om helligdager og helligdagsfred, § 2", fixed("Første påskedag", easter(0)), fixed("Første pinsedag", easter(49))),
	add("NZ", from(2022), "Te Kāhui o Matariki Public Holiday Act 2022: dates until 2052", fixed("Matariki", single(
		20220624, 20230714, 20240628, 20250620, 20260710, 20270625, 20280714, 20290706, 20300621, 20310711, 20320702,
		20330624, 20340707, 20350629, 20360718, 20370710, 20380625, 20390715, 20400706, 20410719, 20420711,
		20430703, 20440624, 20450707, 20460629, 20470719, 20480703, 20490625, 20500715, 20510630, 20520621,
	))),
	amend(Renamed, "NZ", from(2023), "accession of Charles III", "Queen's Birthday", "King's Birthday"),
	add("PL", always, "Ustawa z dnia 18 stycznia 1951 r. o dniach wolnych od pracy",
		fixed("Niedziela Wielkanocna", easter(0)), fixed("Zielone Świątki", easter(49))),
	add("PL", from(2025), "Ustawa z dnia 6 grudnia 2024 r.", fixed("Wigilia Bożego Narodzenia", on(time.December, 24))),
	add("RO", from(2024), "Legea nr. 52/2023", fixed("Botezul Domnului - Boboteaza", on(time.January, 6)),
		fixed("Soborul Sfântului Proroc Ioan Botezătorul", on(time.January, 7))),
	amend(Replaced, "RU", always, "Трудовой кодекс, ст. 112; days moved by decree are not known"),
	amend(Kept, "RU", always, "Трудовой кодекс, ст. 112: a holiday on a weekend moves to the next working day", strings.TrimSpace(inLieu)),
	add("SE", always, "Lag (1989:253) om allmänna helgdagar", fixed("Påskdagen", easter(0)), fixed("Pingstdagen", easter(49))),
	amend(LeftOut, "SE", always, "Lag (1989:253) om allmänna helgdagar: all Sundays, which your hours of the week name", "Söndag"),
	amend(Removed, "SK", from(2024), "Zákon č. 530/2023 Z. z.", "Deň Ústavy Slovenskej republiky"),
	amend(Removed, "SK", from(2025), "Zákon č. 261/2025 Z. z.", "Deň boja za slobodu a demokraciu"),
	amend(Removed, "SK", in(2026), "Zákon č. 261/2025 Z. z.", "Deň víťazstva nad fašizmom", "Sviatok Panny Márie Sedembolestnej, patrónky Slovenska"),
	amend(Replaced, "UA", always, "Кодекс законів про працю, ст. 73, as of 2023"),
	amend(Kept, "UA", always, "Закон № 2136-IX, ст. 6: working days while martial law is in force; leave `holidays UA` out if you work then", ""),
}

// replace removes holidays and adds others with the same names.
func replace(regions string, years years, law string, holidays ...*cal.Holiday) Amendment {
	made := add(regions, years, law, holidays...)
	made.Change = Changed
	return made
}

func isMonday(at time.Time) bool { return at.Weekday() == time.Monday }

// naefelserFahrt is the first Thursday in April, the second if the first is in Holy Week.
func naefelserFahrt(year int) time.Time {
	at := nth(1, time.Thursday, time.April)(year)
	if at.Equal(easter(-3)(year)) {
		return at.AddDate(0, 0, 7)
	}
	return at
}
