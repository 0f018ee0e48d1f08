package columns

import (
	"slices"
	"strings"

	"cometsync/internal/phrase"
)

// Exports of other systems hold passwords, tokens and keys. What no field takes of
// them is nobody's to see: neither a proposal nor a report shows it.

// SecretHeader reports whether a column's cells let somebody in.
func SecretHeader(header string) bool {
	all := words(header)
	if slices.ContainsFunc(all, func(w string) bool { return secretWords[w] }) {
		return true
	}
	if slices.Contains(all, "security") && (slices.Contains(all, "answer") || slices.Contains(all, "question") ||
		slices.Contains(all, "code")) {
		return true
	}
	whole := strings.Join(all, "")
	return slices.ContainsFunc(secretParts, func(part string) bool { return strings.Contains(whole, part) }) ||
		slices.ContainsFunc(secretEnds, func(end string) bool { return strings.HasSuffix(whole, end) })
}

var (
	secretWords = phrase.Set(`pw pwd pass passw passphrase passcode pin pins puk otp totp mfa 2fa salt secret secrets token tokens jwt
		bearer cookie credential credentials
		mdp clave claves parola senha sifra lozinka geslo geheimzahl geheimfrage geheimantwort sicherheitsfrage sicherheitsantwort`)
	secretParts = strings.Fields(`password passwd passwort kennwort losungswort motdepasse codesecret contraseña contrasena
		contrasenya palavrapasse palavrachave parolachiave
		wachtwoord lösenord losenord passord adgangskode kodeord salasana hasło haslo heslo jelszó jelszo parolă şifre sifre пароль
		κωδικόςπρόσβασης סיסמה كلمةالمرور
		密码 密碼 口令 パスワード 暗証番号 비밀번호 apikey apitoken accesskey secretkey privatekey signingkey sshkey recoverycode backupcode authcode
		pincode clientsecret`)
	secretEnds = strings.Fields("token secret pwd credentials")
)

func (h *Header) findSecrets() {
	for i, name := range h.Names {
		if !h.Reads(i) && SecretHeader(name) {
			h.Secrets = append(h.Secrets, i)
		}
	}
}
