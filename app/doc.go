// Package app holds the actions of users, independent of the command line. It
// validates input and returns typed results, and errors with a kind and a field.
package app
