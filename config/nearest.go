package config

// nearest returns the known name that was probably meant, "" if none is near.
func nearest(typed string, known []string) string {
	best, bestDistance := "", max(2, len(typed)/3)+1
	for _, name := range known {
		if d := distance(typed, name); d < bestDistance {
			best, bestDistance = name, d
		}
	}
	return best
}

// DidYouMean returns a question about the nearest known name, "" if none is near.
func DidYouMean(typed, mark string, known []string) string {
	if name := nearest(typed, known); name != "" {
		return ", did you mean " + mark + name + "?"
	}
	return ""
}

// distance is the Levenshtein distance: how many letters have to be put in,
// taken out or replaced to make one word of the other.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
