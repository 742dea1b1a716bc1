package replay

// The names that this package may not import.
const (
	CheckList    = checkList
	CheckPrefix  = checkPrefix
	CheckRepeat  = checkRepeat
	CheckDefault = checkDefault

	Disorder = disorder
)
