package setup

import (
	"fmt"
	"slices"
	"strings"
)

// specifier stands for the % of a specifier until all words are written, whose
// own % means itself.
const specifier = "\x01"

// systemdWord is a text as one word of ExecStart= or of a list of paths.
func systemdWord(s string) string {
	s = strings.NewReplacer(`\`, `\\`, `"`, `\"`, `%`, `%%`, specifier, `%`).Replace(s)
	if strings.ContainsAny(s, " '\"\\;") || s == "" {
		return `"` + s + `"`
	}
	return s
}

// systemdArgument is a word of a command behind its program, in which $ begins a
// variable.
func systemdArgument(s string) string { return systemdWord(strings.ReplaceAll(s, "$", "$$")) }

// systemdRest is a text that goes to the end of its line.
func systemdRest(s string) string {
	return strings.NewReplacer(`%`, `%%`, specifier, `%`).Replace(s)
}

// What a unit is kept from: the homes of ProtectHome=, which stay closed for its user
// where it may look into them, and what PrivateTmp= has it see one of its own in place of.
var (
	homeDirs = []string{"/home", "/root", "/run/user"}
	tmpDirs  = []string{"/tmp", "/var/tmp"}
)

// below is what the job itself reads or writes in or below some directories. What
// systemd loads for it, such as the configuration, may be anywhere.
func (n *Job) below(dirs []string) (paths []string) {
	for _, path := range slices.Concat(n.Sources, n.outputs, []string{n.Dir, n.Binary}) {
		if slices.ContainsFunc(dirs, func(d string) bool { return path == d || within(path, d) }) {
			paths = append(paths, path)
		}
	}
	return paths
}

// Unseen is what the unit of the job can't get at, or not unless somebody opens it.
func (n *Job) Unseen() []string { return outermost(n.below(slices.Concat(homeDirs, tmpDirs))) }

func (n *Job) systemd() string {
	const home, state, credentials = "cometsync", specifier + "S/cometsync", specifier + "d/"
	command := n.command(func(f handed) string { return credentials + f.option }, state+"/reports")
	loaded := ""
	for _, f := range append([]handed{{"api-key-file", n.Key}}, n.files...) {
		loaded += "LoadCredential=" + f.option + ":" + systemdRest(f.path) + "\n"
	}
	dir := n.Dir
	if dir == "" {
		dir = state
	}
	var writes string
	for i, d := range outermost(n.outputs) {
		if i == 0 {
			writes = "# The service's user has to be able to write there as well.\n"
		}
		writes += "ReadWritePaths=" + systemdWord("-"+d) + "\n"
	}
	homes := "yes"
	if len(n.below(homeDirs)) > 0 {
		homes = "read-only"
	}
	return fmt.Sprintf(systemdForm, home, systemdRest(n.Target.String()), systemdWord(command[0]), each(command[1:], systemdArgument),
		systemdRest(dir), loaded,
		writes, int(n.Grace.Seconds())+30, homes, nightlyHour, nightlyMinute)
}

const systemdForm = `# /etc/systemd/system/%[1]s.service
#
# The service runs as a user of its own, which has to be able to read the sources:
# SupplementaryGroups=GROUP lets it. It sees no /tmp but its own. What systemd loads
# for it, such as the key, nobody but root needs to be able to read.
#
# Any exit status but 0 is a failure of the unit, 3 (done in part) among them, and
# starts what OnFailure= names: somebody has to know. Rejects that are known are
# for --tolerate-rejects, and not for SuccessExitStatus=.
[Unit]
Description=Bring the users of %[2]s in line with the roster
Wants=network-online.target
After=network-online.target
#OnFailure=UNIT

[Service]
Type=oneshot
ExecStart=%[3]s %[4]s
WorkingDirectory=%[5]s
%[6]sEnvironment=COMETCHAT_API_KEY_FILE=%%d/api-key-file
StateDirectory=%[1]s
StateDirectoryMode=0700
%[7]sTimeoutStopSec=%[8]d
DynamicUser=yes
UMask=0077
CapabilityBoundingSet=
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=%[9]s
PrivateTmp=yes
PrivateDevices=yes
PrivateUsers=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProcSubset=pid
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
RemoveIPC=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM

# /etc/systemd/system/%[1]s.timer
#
# systemctl daemon-reload && systemctl enable --now %[1]s.timer
[Unit]
Description=Every night, %[1]s.service

[Timer]
OnCalendar=*-*-* %02[10]d:%02[11]d:00
RandomizedDelaySec=15min
Persistent=true

[Install]
WantedBy=timers.target
`
