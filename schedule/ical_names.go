package schedule

import (
	"regexp"
	"strings"
	"time"
)

// zoneNamed returns the zone that the name in a TZID means: a name of the IANA list in any
// case, perhaps behind the prefix of a program; a name of Windows or Outlook; a city; or a
// distance to UTC.
func zoneNamed(id string) *time.Location {
	id = strings.Trim(id, "/")
	if id == "" || len(id) > maxZoneName {
		return nil
	}
	for name := id; ; {
		if zone, err := LoadZone(name); err == nil {
			return zone
		}
		_, rest, prefixed := strings.Cut(name, "/")
		if !prefixed {
			break
		}
		name = rest
	}
	last := id[strings.LastIndexByte(id, '/')+1:]
	for _, name := range []string{id, last} {
		if zone := atDistance(name); zone != nil {
			return zone
		}
		if zone := windowsZone(name); zone != nil {
			return zone
		}
	}
	return nil
}

// maxZoneName bounds the name of a zone, in bytes.
const maxZoneName = 200

var distance = regexp.MustCompile(`(?i)^(?:utc|gmt)?\s*(?:([+-])(\d{1,2})(?::?(\d\d))?)?$`)

// atDistance returns the zone of a name such as GMT+05:30: a place east of Greenwich.
func atDistance(name string) *time.Location {
	match := distance.FindStringSubmatch(strings.ReplaceAll(name, "\u2212", "-"))
	if match == nil || match[1] == "" {
		return nil
	}
	offset, err := time.Parse("-0700", match[1]+("0" + match[2])[len(match[2])-1:]+(match[3] + "00")[:2])
	if err != nil {
		return nil
	}
	_, seconds := offset.Zone()
	return time.FixedZone("", seconds)
}

var (
	// outlookPrefix is what Outlook writes before a name: "(UTC+01:00) ", "(GMT+01.00) ".
	outlookPrefix = regexp.MustCompile(`(?i)^\((?:utc|gmt)[^)]*\)\s*`)
	// windowsEnd is what stands behind the name of a zone of Windows, and the number of a
	// copy of it.
	windowsEnd = regexp.MustCompile(`(?i)\s+(?:standard|daylight|summer)\s+time\b|\s+\d$`)
)

// windowsZone returns the zone of a name of Windows, such as "W. Europe Standard Time", of
// Outlook, such as "(UTC+01:00) Amsterdam, Berlin", or of a city.
func windowsZone(name string) *time.Location {
	name = strings.ReplaceAll(name, "\\", "")
	plain := outlookPrefix.ReplaceAllString(strings.TrimSpace(name), "")
	short := strings.ToLower(windowsEnd.ReplaceAllString(plain, ""))
	if strings.EqualFold(plain, short) {
		short = ""
	}
	place := plain
	if end := strings.IndexAny(place, ",/;"); end >= 0 {
		place = place[:end]
	}
	place, _, _ = strings.Cut(place, " (")
	place = strings.ToLower(strings.TrimSpace(place))
	for _, found := range []string{windowsZones[short], placeZones[place]} {
		if zone, err := LoadZone(found); err == nil {
			return zone
		}
	}
	city := strings.ReplaceAll(place, " ", "_")
	for _, part := range []string{"Europe", "America", "Asia", "Africa", "Australia", "Pacific", "Atlantic", "Indian"} {
		if zone, err := LoadZone(part + "/" + city); err == nil && city != "" {
			return zone
		}
	}
	return nil
}

// named reads lines NAME=ZONE.
func named(lines string) map[string]string {
	names := map[string]string{}
	for line := range strings.Lines(lines) {
		name, zone, _ := strings.Cut(strings.TrimSpace(line), "=")
		names[strings.ToLower(name)] = zone
	}
	return names
}

// windowsZones are the names of Windows without "Standard Time", and the zone of the IANA
// list that CLDR names for each where the country is not known.
var windowsZones = named(`AUS Central=Australia/Darwin
AUS Eastern=Australia/Sydney
Afghanistan=Asia/Kabul
Alaskan=America/Anchorage
Aleutian=America/Adak
Altai=Asia/Barnaul
Arab=Asia/Riyadh
Arabian=Asia/Dubai
Arabic=Asia/Baghdad
Argentina=America/Argentina/Buenos_Aires
Armenian=Asia/Yerevan
Astrakhan=Europe/Astrakhan
Atlantic=America/Halifax
Aus Central W.=Australia/Eucla
Azerbaijan=Asia/Baku
Azores=Atlantic/Azores
Bahia=America/Bahia
Bangladesh=Asia/Dhaka
Belarus=Europe/Minsk
Bougainville=Pacific/Bougainville
Canada Central=America/Regina
Cape Verde=Atlantic/Cape_Verde
Caucasus=Asia/Yerevan
Cen. Australia=Australia/Adelaide
Central=America/Chicago
Central (Mexico)=America/Mexico_City
Central America=America/Guatemala
Central Asia=Asia/Bishkek
Central Brazilian=America/Cuiaba
Central Europe=Europe/Budapest
Central European=Europe/Warsaw
Central Pacific=Pacific/Guadalcanal
Chatham Islands=Pacific/Chatham
China=Asia/Shanghai
Cuba=America/Havana
Dateline=Etc/GMT+12
E. Africa=Africa/Nairobi
E. Australia=Australia/Brisbane
E. Europe=Europe/Chisinau
E. South America=America/Sao_Paulo
Easter Island=Pacific/Easter
Eastern=America/New_York
Eastern (Mexico)=America/Cancun
Egypt=Africa/Cairo
Ekaterinburg=Asia/Yekaterinburg
FLE=Europe/Kyiv
Fiji=Pacific/Fiji
GMT=Europe/London
GTB=Europe/Bucharest
Georgian=Asia/Tbilisi
Greenland=America/Nuuk
Greenwich=Atlantic/Reykjavik
Haiti=America/Port-au-Prince
Hawaiian=Pacific/Honolulu
India=Asia/Kolkata
Iran=Asia/Tehran
Israel=Asia/Jerusalem
Jordan=Asia/Amman
Kaliningrad=Europe/Kaliningrad
Kamchatka=Asia/Kamchatka
Korea=Asia/Seoul
Libya=Africa/Tripoli
Line Islands=Pacific/Kiritimati
Lord Howe=Australia/Lord_Howe
Magadan=Asia/Magadan
Magallanes=America/Punta_Arenas
Marquesas=Pacific/Marquesas
Mauritius=Indian/Mauritius
Mexico=America/Mexico_City
Mexico 2=America/Chihuahua
Mid-Atlantic=Etc/GMT+2
Middle East=Asia/Beirut
Montevideo=America/Montevideo
Morocco=Africa/Casablanca
Mountain=America/Denver
Mountain (Mexico)=America/Mazatlan
Myanmar=Asia/Yangon
N. Central Asia=Asia/Novosibirsk
Namibia=Africa/Windhoek
Nepal=Asia/Kathmandu
New Zealand=Pacific/Auckland
Newfoundland=America/St_Johns
Norfolk=Pacific/Norfolk
North Asia=Asia/Krasnoyarsk
North Asia East=Asia/Irkutsk
North Korea=Asia/Pyongyang
Omsk=Asia/Omsk
Pacific=America/Los_Angeles
Pacific (Mexico)=America/Tijuana
Pacific SA=America/Santiago
Pakistan=Asia/Karachi
Paraguay=America/Asuncion
Qyzylorda=Asia/Qyzylorda
Romance=Europe/Paris
Russian=Europe/Moscow
SA Eastern=America/Cayenne
SA Pacific=America/Bogota
SA Western=America/La_Paz
SE Asia=Asia/Bangkok
Saint Pierre=America/Miquelon
Sakhalin=Asia/Sakhalin
Samoa=Pacific/Apia
Sao Tome=Africa/Sao_Tome
Saratov=Europe/Saratov
Singapore=Asia/Singapore
South Africa=Africa/Johannesburg
South Sudan=Africa/Juba
Sri Lanka=Asia/Colombo
Sudan=Africa/Khartoum
Syria=Asia/Damascus
Taipei=Asia/Taipei
Tasmania=Australia/Hobart
Tocantins=America/Araguaina
Tokyo=Asia/Tokyo
Tomsk=Asia/Tomsk
Tonga=Pacific/Tongatapu
Transbaikal=Asia/Chita
Turkey=Europe/Istanbul
Turks And Caicos=America/Grand_Turk
US Eastern=America/Indiana/Indianapolis
US Mountain=America/Phoenix
Ulaanbaatar=Asia/Ulaanbaatar
Venezuela=America/Caracas
Vladivostok=Asia/Vladivostok
Volgograd=Europe/Volgograd
W. Australia=Australia/Perth
W. Central Africa=Africa/Lagos
W. Europe=Europe/Berlin
W. Mongolia=Asia/Hovd
West Asia=Asia/Tashkent
West Bank=Asia/Hebron
West Pacific=Pacific/Port_Moresby
Yakutsk=Asia/Yakutsk
Yukon=America/Whitehorse`)

// placeZones are the places in the names that Outlook, Google and Rails show, where they
// are not the city of the zone.
var placeZones = named(`Russia Time Zone 3=Europe/Samara
Russia Time Zone 11=Asia/Kamchatka
Russia Time Zone 10=Asia/Srednekolymsk
Abu Dhabi=Asia/Dubai
Alaska=America/Anchorage
Aleutian Islands=America/Adak
Arizona=America/Phoenix
Astana=Asia/Almaty
Atlantic Time=America/Halifax
Baja California=America/Tijuana
Beijing=Asia/Shanghai
Bern=Europe/Zurich
Bougainville Island=Pacific/Bougainville
Brasilia=America/Sao_Paulo
Buenos Aires=America/Argentina/Buenos_Aires
Cabo Verde Is.=Atlantic/Cape_Verde
Cape Verde Is.=Atlantic/Cape_Verde
Central America=America/Guatemala
Central Time=America/Chicago
Chatham Islands=Pacific/Chatham
Chennai=Asia/Kolkata
Chetumal=America/Cancun
Chokurdakh=Asia/Srednekolymsk
City of Buenos Aires=America/Argentina/Buenos_Aires
Coordinated Universal Time=UTC
Easter Island=Pacific/Easter
Eastern Time=America/New_York
Edinburgh=Europe/London
Ekaterinburg=Asia/Yekaterinburg
Georgetown=America/La_Paz
Greenland=America/Nuuk
Greenwich Mean Time=Europe/London
Guadalajara=America/Mexico_City
Haiti=America/Port-au-Prince
Hanoi=Asia/Bangkok
Hawaii=Pacific/Honolulu
Indiana=America/Indiana/Indianapolis
International Date Line West=Etc/GMT+12
Islamabad=Asia/Karachi
Izhevsk=Europe/Samara
Kiev=Europe/Kyiv
Kiritimati Island=Pacific/Kiritimati
La Paz=America/La_Paz
Lord Howe Island=Australia/Lord_Howe
Marquesas Islands=Pacific/Marquesas
Mountain Time=America/Denver
Mumbai=Asia/Kolkata
New Delhi=Asia/Kolkata
Newfoundland=America/St_Johns
Norfolk Island=Pacific/Norfolk
Nuku'alofa=Pacific/Tongatapu
Osaka=Asia/Tokyo
Pacific Time=America/Los_Angeles
Petropavlovsk-Kamchatsky=Asia/Kamchatka
Port Louis=Indian/Mauritius
Pretoria=Africa/Johannesburg
Saint Pierre and Miquelon=America/Miquelon
Salvador=America/Bahia
Samoa=Pacific/Apia
Sapporo=Asia/Tokyo
Saskatchewan=America/Regina
Solomon Is.=Pacific/Guadalcanal
Sri Jayawardenepura=Asia/Colombo
Turks and Caicos=America/Grand_Turk
Wellington=Pacific/Auckland
West Central Africa=Africa/Lagos
E. Europe=Europe/Chisinau
Yukon=America/Whitehorse`)
