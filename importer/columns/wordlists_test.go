package columns

import (
	"testing"
)

func TestOppositeOfActive(t *testing.T) {
	for header, want := range map[string]string{
		"suspended": "alone", "is_suspended": "alone", "isSuspended": "alone", "ISSUSPENDED": "alone", "Account " +
			"locked?": "alone", "accountlocked": "alone", "deleted_flag": "alone", "DELETEDFLAG": "alone",
		"disabled": "alone", "Blocked (0/1)": "alone", "Archived [Y/N] " +
			"Required": "alone", "inactive": "alone", "gesperrt": "alone", "Konto " +
			"gesperrt": "alone", "deaktiviert": "alone", "Sperrkennzeichen": "alone",
		"désactivé": "alone", "bloqueado": "alone", "Baja": "alone", "geblokkeerd": "alone", "not active": "alone", "Nicht " +
			"aktiv": "alone", "notActive": "alone", "notactive": "alone", "nonenabled": "alone",
		"Block sign in (Yes/No) [accountEnabled] Required": "alone", "Sign-in blocked": "alone", "Blocked in": "with others", "Vacation " +
			"left": "with others", "Deleted at": "with others",
		"active": "", "enabled": "", "status": "", "Account Status": "", "not " +
			"suspended": "", "notblocked": "", "unlocked": "", "unblocked": "", "Active/Inactive": "", "aktiv oder " +
			"gesperrt": "", "": "", "not": "", "note": "", "Nottingham": "",
	} {
		is, alone := opposite(header)
		got := ""
		if is {
			got = "with others"
			if alone {
				got = "alone"
			}
		}
		if got != want {
			t.Errorf("%q: %q, want %q", header, got, want)
		}
	}
}

func TestSecretHeaders(t *testing.T) {
	for _, header := range []string{
		"password", "Password [Required]", "initialPassword", "user_password", "PasswordHash", "passwort", "Kennwort", "Initialkennwort",
		"PIN", "pin code", "Pwd", "userpwd", "API key", "apiKey", "X-Api-Key",
		"token", "access_token", "refreshtoken", "authToken", "client secret", "ClientSecret", "mot de " +
			"passe", "Contraseña", "clave", "senha", "Palavra-passe", "wachtwoord", "lösenord", "пароль", "密码", "パスワード",
		"Security answer", "OTP", "private key", "Credentials", "salt", "hasło", "şifre", "비밀번호",
	} {
		if !SecretHeader(header) {
			t.Errorf("%q is for everybody", header)
		}
	}
	for _, header := range []string{"", "name", "Secretary", "Sekretariat", "shipping", "passport", "Compass", "keyword", "Key", "ssn",
		"Saltire", "Opinion", "spin", "Key account", "position", "tokenized"} {
		if SecretHeader(header) {
			t.Errorf("%q is secret", header)
		}
	}
}
