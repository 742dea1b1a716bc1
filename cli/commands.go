package cli

import "github.com/urfave/cli/v2"

// The tables of docs/ are made of the code.
//go:generate go test . -run TestGenerated -update

// The headings that commands are listed under.
const (
	categoryList    = "The list"
	categoryCalls   = "Calls"
	categoryService = "The service"
	categoryProgram = "The program"
)

// commands returns every command, in the order of the documentation.
func (p *program) commands() []*cli.Command {
	return []*cli.Command{
		p.serveCommand(),
		p.doctorCommand(),
		p.healthCommand(),
		p.asteriskConfCommand(),
		p.notifyCommand(),
		p.blockCommand(),
		p.allowCommand(),
		p.removeCommand(),
		p.listCommand(),
		p.importCommand(),
		p.exportCommand(),
		p.feedCommand(),
		p.checkCommand(),
		p.auditCommand(),
		p.logCommand(),
		p.statsCommand(),
		p.replayCommand(),
		p.hoursCommand(),
		p.settingsCommand(),
		p.configCommand(),
		p.completionCommand(),
		p.manCommand(),
		p.versionCommand(),
	}
}
