package schedule

// ZoneNames are the tables of names of zones.
var ZoneNames = []map[string]string{windowsZones, placeZones}
