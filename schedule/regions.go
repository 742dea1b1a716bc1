package schedule

import (
	"time"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/at"
	"github.com/rickar/cal/v2/au"
	"github.com/rickar/cal/v2/be"
	"github.com/rickar/cal/v2/bg"
	"github.com/rickar/cal/v2/br"
	"github.com/rickar/cal/v2/ch"
	"github.com/rickar/cal/v2/cz"
	"github.com/rickar/cal/v2/de"
	"github.com/rickar/cal/v2/dk"
	"github.com/rickar/cal/v2/es"
	"github.com/rickar/cal/v2/fr"
	"github.com/rickar/cal/v2/gb"
	"github.com/rickar/cal/v2/gr"
	"github.com/rickar/cal/v2/hr"
	"github.com/rickar/cal/v2/ie"
	"github.com/rickar/cal/v2/it"
	"github.com/rickar/cal/v2/jp"
	"github.com/rickar/cal/v2/lt"
	"github.com/rickar/cal/v2/lv"
	"github.com/rickar/cal/v2/mw"
	"github.com/rickar/cal/v2/nc"
	"github.com/rickar/cal/v2/nl"
	"github.com/rickar/cal/v2/no"
	"github.com/rickar/cal/v2/nz"
	"github.com/rickar/cal/v2/pl"
	"github.com/rickar/cal/v2/ro"
	"github.com/rickar/cal/v2/se"
	"github.com/rickar/cal/v2/si"
	"github.com/rickar/cal/v2/sk"
	"github.com/rickar/cal/v2/us"
	"github.com/rickar/cal/v2/za"
)

// regions are the countries and parts of countries whose public holidays are
// known, by their ISO 3166 code. A country with parts has what holds in all of
// them; Australia has nothing of the kind.
var regions = []region{
	{"AR", "Argentina", argentina},
	{"AT", "Austria", at.Holidays},
	{"AU-ACT", "Australia, Australian Capital Territory", au.HolidaysACT},
	{"AU-NSW", "Australia, New South Wales", au.HolidaysNSW},
	{"AU-NT", "Australia, Northern Territory", au.HolidaysNT},
	{"AU-QLD", "Australia, Queensland", au.HolidaysQLD},
	{"AU-SA", "Australia, South Australia", au.HolidaysSA},
	{"AU-TAS", "Australia, Tasmania", au.HolidaysTAS},
	{"AU-VIC", "Australia, Victoria", au.HolidaysVIC},
	{"AU-WA", "Australia, Western Australia", au.HolidaysWA},
	{"BE", "Belgium", be.Holidays},
	{"BG", "Bulgaria", bg.Holidays},
	{"BR", "Brazil", br.Holidays},
	{"CA", "Canada", canada},
	{"CA-AB", "Canada, Alberta", canadian(familyDay, victoriaDay, canadaDayMonday, thanksgiving, remembranceMonday)},
	{"CA-BC", "Canada, British Columbia", canadian(familyDay, victoriaDay, canadaDayMonday, august("British Columbia Day"), reconciliation, thanksgiving, remembrance)},
	{"CA-MB", "Canada, Manitoba", canadian(february("Louis Riel Day"), victoriaDay, reconciliationMonday, thanksgiving)},
	{"CA-NB", "Canada, New Brunswick", canadian(familyDay, august("New Brunswick Day"), remembrance)},
	{"CA-NL", "Canada, Newfoundland and Labrador", canadian(canadaDayWeekend, remembranceMonday)},
	{"CA-NS", "Canada, Nova Scotia", canadian(february("Heritage Day"), remembranceMonday)},
	{"CA-NT", "Canada, Northwest Territories", canadian(victoriaDay, indigenousDay, august("Civic Holiday"), reconciliation, thanksgiving, remembrance)},
	{"CA-NU", "Canada, Nunavut", canadian(victoriaDay, fixed("Nunavut Day", on(time.July, 9)), august("Civic Holiday"), reconciliation, thanksgiving, remembrance)},
	{"CA-ON", "Canada, Ontario", canadian(familyDay, victoriaDay, thanksgiving, boxingDay)},
	{"CA-PE", "Canada, Prince Edward Island", canadian(february("Islander Day"), canadaDayWeekend, reconciliation, remembranceMonday)},
	{"CA-QC", "Canada, Quebec", canadian(patriotsDay, saintJeanBaptiste, canadaDayMonday, thanksgiving)},
	{"CA-SK", "Canada, Saskatchewan", canadian(familyDay, victoriaDay, canadaDayWeekend, august("Saskatchewan Day"), thanksgiving, remembranceMonday)},
	{"CA-YT", "Canada, Yukon", canadian(victoriaDay, indigenousDay, canadaDayWeekend, fixed("Discovery Day", nth(3, time.Monday, time.August)), reconciliation, thanksgiving, remembranceMonday)},
	{"CH", "Switzerland", switzerland},
	{"CH-AG", "Switzerland, Aargau", ch.HolidaysAG},
	{"CH-AI", "Switzerland, Appenzell Innerrhoden", ch.HolidaysAI},
	{"CH-AR", "Switzerland, Appenzell Ausserrhoden", ch.HolidaysAR},
	{"CH-BE", "Switzerland, Bern", ch.HolidaysBE},
	{"CH-BL", "Switzerland, Basel-Landschaft", ch.HolidaysBL},
	{"CH-BS", "Switzerland, Basel-Stadt", ch.HolidaysBS},
	{"CH-FR", "Switzerland, Fribourg", ch.HolidaysFR},
	{"CH-GE", "Switzerland, Geneva", ch.HolidaysGE},
	{"CH-GL", "Switzerland, Glarus", ch.HolidaysGL},
	{"CH-GR", "Switzerland, Graubünden", ch.HolidaysGR},
	{"CH-JU", "Switzerland, Jura", ch.HolidaysJU},
	{"CH-LU", "Switzerland, Lucerne", ch.HolidaysLU},
	{"CH-NE", "Switzerland, Neuchâtel", ch.HolidaysNE},
	{"CH-NW", "Switzerland, Nidwalden", ch.HolidaysNW},
	{"CH-OW", "Switzerland, Obwalden", ch.HolidaysOW},
	{"CH-SG", "Switzerland, St. Gallen", ch.HolidaysSG},
	{"CH-SH", "Switzerland, Schaffhausen", ch.HolidaysSH},
	{"CH-SO", "Switzerland, Solothurn", ch.HolidaysSO},
	{"CH-SZ", "Switzerland, Schwyz", ch.HolidaysSZ},
	{"CH-TG", "Switzerland, Thurgau", ch.HolidaysTG},
	{"CH-TI", "Switzerland, Ticino", ch.HolidaysTI},
	{"CH-UR", "Switzerland, Uri", ch.HolidaysUR},
	{"CH-VD", "Switzerland, Vaud", ch.HolidaysVD},
	{"CH-VS", "Switzerland, Valais", ch.HolidaysVS},
	{"CH-ZG", "Switzerland, Zug", ch.HolidaysZG},
	{"CH-ZH", "Switzerland, Zürich", ch.HolidaysZH},
	{"CZ", "Czechia", cz.Holidays},
	{"DE", "Germany", de.Holidays},
	{"DE-BB", "Germany, Brandenburg", de.HolidaysBB},
	{"DE-BE", "Germany, Berlin", de.HolidaysBE},
	{"DE-BW", "Germany, Baden-Württemberg", de.HolidaysBW},
	{"DE-BY", "Germany, Bavaria", de.HolidaysBY},
	{"DE-HB", "Germany, Bremen", de.HolidaysHB},
	{"DE-HE", "Germany, Hesse", de.HolidaysHE},
	{"DE-HH", "Germany, Hamburg", de.HolidaysHH},
	{"DE-MV", "Germany, Mecklenburg-Vorpommern", de.HolidaysMV},
	{"DE-NI", "Germany, Lower Saxony", de.HolidaysNI},
	{"DE-NW", "Germany, North Rhine-Westphalia", de.HolidaysNW},
	{"DE-RP", "Germany, Rhineland-Palatinate", de.HolidaysRP},
	{"DE-SH", "Germany, Schleswig-Holstein", de.HolidaysSH},
	{"DE-SL", "Germany, Saarland", de.HolidaysSL},
	{"DE-SN", "Germany, Saxony", de.HolidaysSN},
	{"DE-ST", "Germany, Saxony-Anhalt", de.HolidaysST},
	{"DE-TH", "Germany, Thuringia", de.HolidaysTH},
	{"DK", "Denmark", dk.Holidays},
	{"ES", "Spain", es.Holidays},
	{"FR", "France", fr.Holidays},
	{"GB", "United Kingdom", unitedKingdom},
	{"GB-ENG", "United Kingdom, England", gb.Holidays},
	{"GB-NIR", "United Kingdom, Northern Ireland", northernIreland},
	{"GB-SCT", "United Kingdom, Scotland", scotland},
	{"GB-WLS", "United Kingdom, Wales", gb.Holidays},
	{"GR", "Greece", gr.Holidays},
	{"HR", "Croatia", hr.Holidays},
	{"IE", "Ireland", ie.Holidays},
	{"IT", "Italy", it.Holidays},
	{"JP", "Japan", jp.Holidays},
	{"LT", "Lithuania", lt.Holidays},
	{"LV", "Latvia", lv.Holidays},
	{"MW", "Malawi", mw.Holidays},
	{"NC", "New Caledonia", nc.Holidays},
	{"NL", "Netherlands", nl.Holidays},
	{"NO", "Norway", no.Holidays},
	{"NZ", "New Zealand", nz.Holidays},
	{"PL", "Poland", pl.Holidays},
	{"RO", "Romania", ro.Holidays},
	{"RU", "Russia", russia},
	{"SE", "Sweden", se.Holidays},
	{"SI", "Slovenia", si.Holidays},
	{"SK", "Slovakia", sk.Holidays},
	{"UA", "Ukraine", ukraine},
	{"US", "United States", us.Holidays},
	{"ZA", "South Africa", za.Holidays},
}

type region struct {
	code, name string
	holidays   []*cal.Holiday
}
