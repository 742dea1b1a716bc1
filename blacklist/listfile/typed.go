package listfile

import (
	"errors"

	"github.com/ringfence/ringfence/phone"
)

// TypedLine splits a line that was typed into the texts of its numbers and the reason
// after them, as a line of a text file is read. There are no numbers in a blank line or a
// comment. The error says that a number follows a reason, or is in pieces.
func TypedLine(text string, region phone.Region) (typed []string, reason string, err error) {
	line := numbers{region: region}.plainLine(text)
	switch {
	case line.blank:
		return nil, "", nil
	case line.mixed:
		return nil, "", errors.New(mixedLine)
	case line.pieces:
		return nil, "", errors.New(numberInPieces)
	}
	return line.texts, words(line.reason), nil
}

// mixedLine is what is wrong with a line where a number follows a reason.
const mixedLine = "a number follows a text; write each number on its own line"

// numberInPieces is what is wrong with a line such as 030;23125012.
const numberInPieces = "the digits of one number are in several cells; join them"
