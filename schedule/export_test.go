package schedule

// LibraryNames returns the names of the holidays that the library has for a region.
func LibraryNames(code string) (names []string) {
	for _, known := range libraryOf(code) {
		names = append(names, known.Name)
	}
	return names
}
