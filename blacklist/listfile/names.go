package listfile

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// The names of columns in the exports of telephone systems, spreadsheets, address books
// and customer databases, in the languages of their users.
var (
	// phoneWords name a telephone number wherever they are in the name of a column:
	// "Business Phone 2", "Telefon (privat)".
	phoneWords = []string{
		"phone", "telefon", "telefoon", "rufnummer", "handy", "mobil", "movil", "celular", "cellular", "festnetz", "portable",
		"telemovel", "komork", "puhelin", "fax", "telecopi", "pager", "msisdn", "e164", "телефон", "мобильн", "сотов", "τηλεφων", "电话", "電話", "手机",
	}
	// phoneTokens do so as a word of their own: "Tel.", "Tel. privat", "Cell 2".
	phoneTokens = []string{"tel", "telnr", "telno", "tlf", "ph", "cell", "gsm", "mob", "тел", "callback", "isdn"}
	// notPhone are words of columns about a number: "Phone 1 - Label".
	notPhone = []string{
		"type", "types", "label", "typ", "art", "kind", "model", "modell", "code", "country", "verified", "valid", "status", "note", "notes",
		"comment", "comments", "ext", "extension", "opt", "consent", "provider", "carrier", "operator", "count", "os", "brand", "date", "time", "id",
		"phonetic", "тип", "area", "prefix", "vorwahl", "prefijo", "prefisso", "indicatif",
	}
	// numberNames are complete names of a column that may also be of other things: the
	// number of a customer, the name of a caller.
	numberNames = []string{
		"number", "numbers", "a number", "caller", "caller id", "caller number", "caller id number", "caller id num", "cid", "calling number",
		"contact number", "contact no",
		"blocked number", "source number", "from number", "cli", "clid", "ani", "from", "src",
		"nummer", "nummern", "kontaktnummer", "anrufer", "anrufernummer", "gesperrte nummer", "numéro", "numéro bloqué", "appelant", "número", "números",
		"número bloqueado", "numero", "numeri", "chiamante", "beller", "numer", "numery", "номер", "номера", "номер абонента", "číslo", "čísla", "звонящий", "çağrı", "numara",
	}
	// reasonWords and commentWords are words of columns with a text: "Reason for block".
	reasonWords  = []string{"reason", "grund", "motif", "motivo", "raison", "razón", "reden", "powód", "důvod", "neden", "причина"}
	commentWords = []string{
		"description", "desc", "comment", "comments", "note", "notes", "remark", "remarks", "memo", "info", "text",
		"beschreibung", "bemerkung", "bemerkungen", "kommentar", "kommentare", "anmerkung", "anmerkungen", "hinweis", "notiz", "notizen", "betreff",
		"commentaire", "commentaires", "remarque", "remarques", "descripción", "comentario", "comentarios", "nota", "notas", "observación", "observaciones", "descrição", "comentário", "observação",
		"observações", "açıklama", "not", "popis",
		"descrizione", "commento", "omschrijving", "opmerking", "opmerkingen", "opis", "komentarz", "uwagi", "poznámka",
		"описание", "комментарий", "комментарии", "примечание", "примечания",
		"label", "category", "categories", "kategorie", "catégorie", "categoría", "categoria", "категория",
	}
	nameNames = []string{
		"name", "display name", "full name", "contact name", "file as", "anzeigename", "nom", "nom complet", "nombre", "nombre completo", "nome",
		"naam", "nazwa", "имя", "фио", "название", "navn", "namn",
		"ad soyad", "jméno", "contact", "kontakt", "контакт", "customer", "customer name", "kunde", "kundenname", "client", "cliente", "klient", "клиент",
	}
	givenNames   = []string{"first name", "given name", "vorname", "prénom", "voornaam", "imię", "fornavn", "förnamn"}
	familyNames  = []string{"last name", "family name", "surname", "nachname", "nom de famille", "apellidos", "apellido", "cognome", "achternaam", "nazwisko", "фамилия", "příjmení", "efternavn", "efternamn"}
	companyNames = []string{
		"company", "company name", "organization", "organization name", "organization 1 - name", "organisation", "firma", "firmenname", "unternehmen",
		"société", "entreprise", "empresa", "azienda", "bedrijf", "компания", "организация",
	}
)

// columnWords returns the words of a column's name: lower case, letters and digits, without
// accents.
func columnWords(text string) []string {
	folded := strings.Map(func(c rune) rune {
		switch {
		case unicode.Is(unicode.Mn, c):
			return -1
		case c == 'ı': // ToLower makes an i of its capital letter.
			return 'i'
		}
		return unicode.ToLower(c)
	}, norm.NFKD.String(text))
	return strings.FieldsFunc(folded, func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) })
}

// columnName returns the name of a column as it is compared.
func columnName(text string) string { return strings.Join(columnWords(text), "") }

// nameSet holds names as they are compared.
type nameSet map[string]bool

func newNameSet(names []string) nameSet {
	set := make(nameSet, len(names))
	for _, name := range names {
		set[columnName(name)] = true
	}
	return set
}

var isNumberName = newNameSet(numberNames)

// maxTitle is how many words the name of a column has. A longer text is a sentence.
const maxTitle = 6

// namesPhone reports whether the name of a column says that it has telephone numbers.
func namesPhone(title string) bool {
	words := columnWords(title)
	if len(words) > maxTitle || slices.ContainsFunc(words, func(word string) bool { return slices.Contains(notPhone, word) }) {
		return false
	}
	name := strings.TrimRight(strings.Join(words, ""), "0123456789")
	for _, about := range []string{"type", "typ", "art", "label", "vorwahl"} {
		if strings.HasSuffix(name, about) {
			return false
		}
	}
	return !strings.Contains(name, "phonetic") && slices.ContainsFunc(phoneWords, func(word string) bool { return strings.Contains(name, word) }) ||
		slices.ContainsFunc(words, func(word string) bool { return slices.Contains(phoneTokens, strings.TrimRight(word, "0123456789")) })
}
