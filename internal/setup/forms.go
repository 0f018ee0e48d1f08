package setup

import (
	"bytes"
	"embed"
	"fmt"
	"slices"
	"strings"
	"sync"
	"text/template"

	"cometsync/importer/delimited"
	"cometsync/internal/config"
	"cometsync/internal/phrase"
)

//go:embed forms
var texts embed.FS

// forms are those in which a job is printed, each as a template of a Job, and the
// configuration of a Proposal. Jobs run when few others begin.
var forms = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("").Funcs(template.FuncMap{
		"cron":      cronWord,
		"delimiter": delimited.Word,
		"double":    func(s string) string { return strings.ReplaceAll(s, "$", "$$") }, // where one begins a variable
		"here":      func() string { return config.Absolute(".") },
		"join":      strings.Join,
		"mapped":    mapped,
		"note":      columnNote,
		"outermost": outermost,
		"plural":    phrase.Counted,
		"printable": printable,
		"rest":      systemdRest,
		"shell":     phrase.ShellWord,
		"specifier": func(s string) string { return specifier + s },
		"unknown":   unknown,
		"volume":    func(i int) string { return strings.TrimSuffix(fmt.Sprintf("exports-%d", i+1), "-1") },
		"word":      systemdWord,
		"yaml":      yamlText,
	}).ParseFS(texts, "forms/*.tmpl"))
})

func form(name string, with any) []byte {
	var b bytes.Buffer
	if err := forms().ExecuteTemplate(&b, name+".tmpl", with); err != nil {
		panic(err) // both are of one program
	}
	return b.Bytes()
}

// JobForms are the forms of a job.
var JobForms = []string{"systemd", "cron", "kubernetes"}

// Text is the job in a form, or in all; "" where there is no such form.
func (n *Job) Text(asked string) string {
	var all []string
	for _, name := range JobForms {
		if asked == "all" || asked == name {
			all = append(all, string(form(name, n)))
		}
	}
	return strings.Join(all, "\n\n")
}

// Files are those that only the run needs to know, the key first.
func (n *Job) Files() []handed { return append([]handed{{"api-key-file", n.Key}}, n.files...) }

// Arguments are the words after the program, where the form hands it each file at some
// place, "" for its own, and has the reports below a directory, if it is not the one
// that it runs in.
func (n *Job) Arguments(place, reports string) []string {
	words := slices.Clone(n.Words)
	for _, f := range n.files {
		at := f.Path
		if place != "" {
			at = place + f.Option
		}
		words = append(words, "--"+f.Option+"="+at)
	}
	if n.Dir != "" && !n.reports && reports != "" {
		words = append(words, "--report-dir="+reports+"/reports/{run}")
	}
	return append(words, "--quiet")
}

// Stop is how many seconds the job has to end, once it is told to.
func (n *Job) Stop() int { return int(n.Grace.Seconds()) + 30 }

// Mounts are the directories that a container has to see.
func (n *Job) Mounts() []string {
	return outermost(slices.DeleteFunc(append(slices.Clone(n.Sources), n.Dir), func(d string) bool { return d == "" }))
}

// Image is the container's.
func (n *Job) Image() string {
	return "registry.example.org/cometsync:" + strings.ReplaceAll(n.Version, "+", "_")
}

// InHomes reports whether the job reads or writes in people's homes.
func (n *Job) InHomes() bool { return len(n.below(homeDirs)) > 0 }

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
	for _, path := range slices.Concat(n.Sources, n.Outputs, []string{n.Dir, n.Binary}) {
		if slices.ContainsFunc(dirs, func(d string) bool { return path == d || within(path, d) }) {
			paths = append(paths, path)
		}
	}
	return paths
}

// Unseen is what the unit of the job can't get at, or not unless somebody opens it.
func (n *Job) Unseen() []string { return outermost(n.below(slices.Concat(homeDirs, tmpDirs))) }

// cronWord is a text as sh takes it for one word, once cron has passed it on. For
// cron a % ends the command, unless a \ is before it. What becomes of a \ before
// another one the crons of this world do not agree on, so that no two stand side
// by side, nor one before a %: between them a quotation ends, and another begins.
func cronWord(s string) string {
	s = phrase.ShellWord(s)
	for _, c := range []string{`\`, `%`} {
		for strings.Contains(s, `\`+c) {
			s = strings.ReplaceAll(s, `\`+c, `\''`+c)
		}
	}
	return strings.ReplaceAll(s, "%", `\%`)
}
