package setup

import (
	"fmt"
	"slices"
	"strings"

	"cometsync/internal/phrase"
)

// kubernetesArgument is a text as an argument of a container, in which $( begins
// a variable.
func kubernetesArgument(s string) string {
	return "            - " + yamlText(strings.ReplaceAll(s, "$", "$$")) + "\n"
}

func (n *Job) kubernetes() string {
	const state, secrets = "/var/lib/cometsync", "/etc/cometsync"
	files := ""
	for _, f := range append([]handed{{"api-key-file", n.Key}}, n.files...) {
		files += " --from-file=" + f.option + "=" + phrase.ShellWord(f.path)
	}
	var args, mounts, volumes, also string
	for _, w := range n.command(func(f handed) string { return secrets + "/" + f.option }, state+"/reports")[1:] {
		args += kubernetesArgument(w)
	}
	dir, dirs := state, n.Sources
	if n.Dir != "" {
		dir, dirs = n.Dir, append(slices.Clone(dirs), n.Dir)
	}
	for i, d := range outermost(dirs) {
		name := "exports"
		if i > 0 {
			name += fmt.Sprintf("-%d", i+1)
		}
		mounts += fmt.Sprintf("            - {name: %s, mountPath: %s, readOnly: true}\n", name, yamlText(d))
		volumes += fmt.Sprintf("          - name: %s\n            persistentVolumeClaim: {claimName: %s} # what holds the sources\n", name, name)
	}
	for _, d := range outermost(n.outputs) {
		also += "# What options have it write goes to " + yamlText(d) + ": mount a volume there.\n"
	}
	return fmt.Sprintf(kubernetesForm, files, also, nightlyMinute, nightlyHour, int(n.Grace.Seconds())+30,
		yamlText("registry.example.org/cometsync:"+strings.ReplaceAll(n.Version, "+", "_")), args, yamlText(dir), secrets, state, mounts, volumes)
}

const kubernetesForm = `# Kubernetes. The files that only this job may read are a secret:
#
#   kubectl create secret generic cometsync%[1]s
#
# The image holds the static binary as /cometsync. What a run needs of the one
# before is on a volume of its own. A job that ends with anything but 0, also with
# 3 (done in part), has failed: have somebody told.
%[2]sapiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: cometsync-state
spec:
  accessModes: [ReadWriteOnce]
  resources:
    requests:
      storage: 1Gi
---
apiVersion: batch/v1
kind: CronJob
metadata:
  name: cometsync
spec:
  schedule: "%[3]d %[4]d * * *"
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: 14400
  successfulJobsHistoryLimit: 3
  failedJobsHistoryLimit: 7
  jobTemplate:
    spec:
      backoffLimit: 0
      template:
        spec:
          restartPolicy: Never
          automountServiceAccountToken: false
          terminationGracePeriodSeconds: %[5]d
          securityContext:
            runAsNonRoot: true
            runAsUser: 65532
            runAsGroup: 65532
            fsGroup: 65532
            seccompProfile: {type: RuntimeDefault}
          containers:
          - name: cometsync
            image: %[6]s
            command: [/cometsync]
            args:
%[7]s            workingDir: %[8]s
            env:
            - {name: COMETCHAT_API_KEY_FILE, value: %[9]s/api-key-file}
            - {name: STATE_DIRECTORY, value: %[10]s/state}
            securityContext:
              allowPrivilegeEscalation: false
              readOnlyRootFilesystem: true
              capabilities: {drop: [ALL]}
            volumeMounts:
            - {name: secrets, mountPath: %[9]s, readOnly: true}
            - {name: state, mountPath: %[10]s}
            - {name: tmp, mountPath: /tmp}
%[11]s          volumes:
          - name: secrets
            secret: {secretName: cometsync, defaultMode: 256} # that is 0400
          - name: state
            persistentVolumeClaim: {claimName: cometsync-state}
          - name: tmp
            emptyDir: {}
%[12]s`
