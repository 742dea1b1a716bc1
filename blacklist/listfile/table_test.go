package listfile_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/blacklist/listfile"
)

// numberColumns are names that exports give the column of the numbers.
var numberColumns = []string{
	"Phone", "Phone Number", "phone_number", "PHONE-NUMBER", "phoneNumber", "Phone No.", "Phone 1 - Value", "Business Phone 2", "Telephone", "Tel", "Tel.", "Tel. privat",
	"Mobile", "Mobile No.", "Cell", "Caller", "Caller ID", "CallerID", "Caller Number", "CLI", "From", "Src", "Number", "Blocked Number", "Contact Number",
	"Telefon", "Telefonnummer", "Telefon-Nr.", "Telefon (geschäftlich)", "Rufnummer", "Nummer", "Handy", "Handynummer", "Mobil", "Mobilfunknummer", "Festnetz", "Anrufer",
	"Téléphone", "N° de téléphone", "Numéro", "Portable", "Teléfono", "Teléfono móvil", "Número", "Móvil", "Celular", "Telefono", "Numero", "Cellulare", "Telefone", "Telemóvel",
	"Telefoon", "Telefoonnummer", "Telefonnr", "Numer", "Numer telefonu", "Telefonszám", "Číslo", "Telefonní číslo", "Tlf", "Puhelinnumero",
	"Телефон", "Номер", "Номер телефона", "Мобильный", "Τηλέφωνο", "电话号码", "MSISDN", "ANI", "Fax", "Télécopie (bureau)",
}

// textColumns are names that they give a column whose text is the reason.
var textColumns = []string{
	"reason", "Block Reason", "description", "Comment", "Notes", "name", "Full Name", "Grund", "Bemerkung", "Anmerkung", "Kommentar", "Beschreibung", "Nachname", "Firma",
	"motif", "commentaire", "Nom", "motivo", "Descripción", "nombre", "Descrizione", "Opmerking", "Uwagi", "причина", "комментарий", "Примечание", "Имя", "Customer", "Company", "Label",
}

func TestColumnsOfOrdinaryExports(t *testing.T) {
	t.Parallel()
	read := func(title, text string) {
		for _, delimiter := range []string{",", ";", "\t", "|"} {
			for _, change := range []func(string) string{strings.Clone, strings.ToUpper, strings.ToLower, func(s string) string { return ` "` + s + `"`[0:] }} {
				header := change(title) + delimiter + text
				if strings.Contains(header, `"`) {
					header = `"` + title + `"` + delimiter + `"` + text + `"`
				}
				rows, err := all([]byte(header+delimiter+"x\n+493023125012"+delimiter+"pushy"+delimiter+"y\n"), listfile.Options{})
				if err != nil || len(rows) != 1 || rows[0].Problem != nil || rows[0].Entry.Rule.String() != "+493023125012" || rows[0].Entry.Reason != "pushy" {
					t.Errorf("%s: %v, %v", header, rows, err)
				}
			}
		}
	}
	for _, title := range numberColumns {
		read(title, "Grund")
	}
	for _, text := range textColumns {
		read("Telefon", text)
	}
}

// Columns about a number have none.
func TestColumnsAboutNumbers(t *testing.T) {
	t.Parallel()
	for _, title := range []string{
		"Phone Type", "Phone 1 - Label", "Phone 1 - Type", "Telefontyp", "Telefonart", "Phonetic First Name", "Phone verified", "Phone Country Code", "Telefonvorwahl", "Phone prefix", "Тип телефона", "Phone ext.",
	} {
		rows, err := all([]byte(title+",Phone\n+493023125013,+493023125012\n"), listfile.Options{})
		if err != nil || len(rows) != 1 || rows[0].Entry.Rule.String() != "+493023125012" {
			t.Errorf("%s: %v, %v", title, rows, err)
		}
	}
}

func TestColumnsThatAreAskedFor(t *testing.T) {
	t.Parallel()
	const file = "Nr;Durchwahl;Zentrale, Berlin;Name\n1;+493023125012;+493023125013;Meyer\n2;;+493023125014;\n3;;;Schulz\n"
	for _, test := range []struct {
		columns []string
		want    string
	}{
		{[]string{"Durchwahl"}, "+493023125012\nno number\nno number\n"},
		{[]string{"durch-wahl", "zentrale, berlin"}, "+493023125012\n+493023125013\n+493023125014\nno number\n"},
		{[]string{"Name"}, "not a number\nno number\nnot a number\n"},
	} {
		if diff := cmp.Diff(test.want, outcomes(t, file, listfile.Options{Columns: test.columns})); diff != "" {
			t.Errorf("%q: %s", test.columns, diff)
		}
	}
	got := outcomes(t, "Phone;Work;Home\n+493023125012;+493023125013;+493023125014\n", listfile.Options{Columns: []string{"Home,Work"}})
	if want := "+493023125013\n+493023125014\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for file, want := range map[string]string{
		"Name;Durchwahl\nMeyer;+493023125012\n":               `no column of the header is known to have numbers: "Name", "Durchwahl"; name it, for example --column "Durchwahl"`,
		"Number,Phone\n1,+493023125012\n":                     `several columns may have the numbers; choose with --column: "Number", "Phone"`,
		strings.Repeat("a,", 30) + "b\n" + "1,2,3,4\n":        `"a", "a", …; name it, for example --column "a"`,
		"first,second\n\"a\nb\",+493023125012\n":              `name it, for example --column "second"`,
		"secret phone of the president of all, Name\n1,Joe\n": "no column of the header is known",
	} {
		_, err := listfile.Open(strings.NewReader(file), listfile.Options{})
		unknown, ok := errors.AsType[*listfile.UnknownFormatError](err)
		if !ok || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", file, err, want)
			continue
		}
		if bare := unknown.WithoutText().Error(); strings.ContainsAny(bare, `"`) {
			t.Errorf("%q: without text of the file it is %s", file, bare)
		}
	}
	_, err := listfile.Open(strings.NewReader(file), listfile.Options{Columns: []string{"Mobile"}})
	if want := `there is no column "Mobile" in the header: "Nr", "Durchwahl", "Zentrale, Berlin", "Name"`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if err := listfile.CheckColumns([]string{"x"}, listfile.FTC); err == nil {
		t.Error("the columns of the FTC can be named")
	}
	if err := listfile.CheckColumns([]string{"-"}, listfile.CSV); err == nil {
		t.Error("a column without a name can be named")
	}
}

// Names are of two columns in many exports.
func TestNamesOfContacts(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"Nombre;Apellidos;Móvil\nAna;Gil Ruiz;": "Ana Gil Ruiz", "Cognome;Nome;Cellulare\nRossi;Mario;": "Mario Rossi", "Nom;Prénom;Portable\nDupont;Léa;": "Léa Dupont",
		"Фамилия;Имя;Телефон\nИванов;Иван;": "Иван Иванов", "Name;Vorname;Handy\nMeyer;Jo;": "Jo Meyer", "Last Name,First Name,Phone\nDoe,,": "Doe",
		"First Name,Last Name,Notes,Phone,Reason\nJane,Doe,likes tea,": "Jane Doe", "Company,Notes,First Name,Phone\nACME,x,,": "ACME",
		"Ad Soyad;AÇIKLAMA;Telefon\nAyşe;pazarlama;": "pazarlama",
	} {
		rows, err := all([]byte(file+"+493023125012\n"), listfile.Options{})
		if err != nil || len(rows) != 1 || rows[0].Problem != nil || rows[0].Entry.Reason != want {
			t.Errorf("%s: %v, %v, want %s", file, rows, err, want)
		}
	}
}

// A row of a file without a header is never lost as one.
func TestDataIsNoHeader(t *testing.T) {
	t.Parallel()
	for _, first := range []string{"+493023125012,Handy Meyer", "030 23125012;Telefon", "+493023125012,phone", "030/23125012 Mobil"} {
		rows, err := all([]byte(first+"\n+493023125013\n"), listfile.Options{Region: "DE"})
		if err != nil || len(rows) != 2 {
			t.Errorf("%s: %v, %v", first, rows, err)
		}
	}
}

func TestTimesAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("", 3600)
	for cell, want := range map[string]string{
		"2026-11-01": "2026-11-01T23:00:00Z", "01.11.2026": "2026-11-01T23:00:00Z", "1.11.2026 15:04": "2026-11-01T14:04:00Z", "2026/11/01": "2026-11-01T23:00:00Z",
		"2026-11-01 15:04:05": "2026-11-01T14:04:05Z", "2026-11-01T15:04": "2026-11-01T14:04:00Z", " 2026-11-01T15:04:05Z ": "2026-11-01T15:04:05Z",
		"11/01/2026": "day and month are not clear", "1/2/26": "day and month are not clear", "01-11-2026": "day and month are not clear",
		"31.2.2026": "invalid time", "tomorrow": "invalid time", "01.11.26": "invalid time",
	} {
		rows, err := all([]byte("number,expires\n+493023125012,"+cell+"\n"), listfile.Options{Zone: zone})
		if err != nil || len(rows) != 1 {
			t.Fatal(rows, err)
		}
		got := rows[0].Entry.Expires.UTC().Format(time.RFC3339)
		if rows[0].Problem != nil {
			got = rows[0].Problem.Detail
		}
		if !strings.Contains(got, want) {
			t.Errorf("%q: %s, want %s", cell, got, want)
		}
	}
}

// Several numbers are the same rows in each format.
func TestSeveralNumbersAreReadAlike(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		cell := rapid.SampledFrom([]string{
			"+493023125012, +493023125013", "+493023125012;+493023125013", "+493023125012 / +493023125013", "+493023125012 +493023125013",
			"+493023125012 ::: +493023125013", "030 23125012 / 030 23125013", "030 23125 012 / 13", "030 2312500-2312509", "23125012 23125013", "+493023125012 and +4420794601*",
			"030 23125-012/-013", "+493023125012", "030/23125012", "+493023125012 ext 5", "^+493023125012", "+4930231250??", "493023125012.0", "4,93E+11", "anonymous",
		}).Draw(t, "cell")
		quoted := `"` + cell + `"`
		var want string
		for i, file := range []string{
			"number,reason\n" + quoted + ",x\n", "number;description\n" + quoted + ";x\n", "Telefon\tName\n" + quoted + "\tx\n", "PhoneNo,Name,Reason\n" + quoted + ",x,\n",
			"pattern,description\n" + quoted + ",x\n", fmt.Sprintf(`{"number":%q,"kind":"block"}`+"\n", cell), quoted + "\n",
			"BEGIN:VCARD\nFN:x\nTEL:" + strings.ReplaceAll(cell, ";", `\;`) + "\nEND:VCARD\n",
			"/blacklist/" + cell + " : x\n",
		} {
			if strings.HasPrefix(file, "/") && strings.Contains(cell, ":") {
				continue // A colon ends the key.
			}
			options := listfile.Options{Region: "DE"}
			if strings.HasPrefix(file, `"`) {
				options.Format = listfile.Plain
			}
			rows, err := all([]byte(file), options)
			if err != nil {
				t.Fatalf("%v of %s", err, file)
			}
			got := outcomesOf(rows)
			if i == 0 {
				want = got
			} else if got != want {
				t.Fatalf("%s: got %s, want %s", file, got, want)
			}
		}
	})
}

// However many cells have a number, each is a row.
func TestEachNumberOfAContactIsARow(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		phones := rapid.SliceOfNDistinct(rapid.StringMatching(`\+49302312[0-9]{4}`), 1, 9, rapid.ID).Draw(t, "phones")
		var titles, cells []string
		var card strings.Builder
		card.WriteString("BEGIN:VCARD\n")
		for i := 0; i < len(phones); {
			n := rapid.IntRange(1, min(3, len(phones)-i)).Draw(t, "in a cell")
			titles = append(titles, rapid.SampledFrom([]string{"Phone", "Business Phone", "Handy", "Fax privat", "Phone 2 - Value"}).Draw(t, "title"))
			cells = append(cells, `"`+strings.Join(phones[i:i+n], rapid.SampledFrom([]string{" ::: ", ", ", "; ", "\n"}).Draw(t, "between"))+`"`)
			i += n
		}
		for _, number := range phones {
			card.WriteString(rapid.SampledFrom([]string{"TEL:", "tel;CELL:", "item1.TEL;TYPE=\"a:b\":tel:", "TEL;VALUE=uri:tel:"}).Draw(t, "property") + number + "\n")
		}
		card.WriteString("N:Doe;Jane\nEND:VCARD\n")
		for _, file := range []string{"Vorname," + strings.Join(titles, ",") + "\nJane," + strings.Join(cells, ",") + "\n", card.String()} {
			rows, err := all([]byte(file), listfile.Options{})
			if err != nil {
				t.Fatalf("%v of %s", err, file)
			}
			var got []string
			for _, row := range rows {
				if row.Problem != nil || !strings.HasPrefix(row.Entry.Reason, "Jane") {
					t.Fatalf("%v of %s", row, file)
				}
				got = append(got, row.Entry.Rule.String())
			}
			if diff := cmp.Diff(phones, got); diff != "" {
				t.Fatalf("%s of %s", diff, file)
			}
		}
	})
}
