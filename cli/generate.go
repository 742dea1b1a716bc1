package cli

// What is generated from the code: the tables of docs/, the manual page,
// the completions and the sample configuration.
//go:generate go test . -run TestGenerated -update
