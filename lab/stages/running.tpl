{{/* The status of a pod whose containers have all been started; what their tags say decides on readiness. */}}
{{ $now := Now }}{{ $pod := . }}{{ $unready := list }}
containerStatuses:
{{ range .spec.containers }}
{{ $ready := not (regexMatch ":[^/]*(unready|crash|oom)" .image) }}
{{ if not $ready }}{{ $unready = append $unready .name }}{{ end }}
- name: {{ .name }}
  image: {{ .image | Quote }}
  imageID: {{ printf "%s@sha256:%s" (regexReplaceAll ":[^/]*$" .image "") (sha256sum .image) | Quote }}
  containerID: {{ printf "simulated://%s" (printf "%s/%s/0" $pod.metadata.uid .name | sha256sum) | Quote }}
  ready: {{ $ready }}
  started: true
  restartCount: 0
  state: {running: {startedAt: {{ $now | Quote }}}}
  lastState: {}
{{ end }}
{{ with .spec.initContainers }}
initContainerStatuses:
{{ range . }}
- name: {{ .name }}
  image: {{ .image | Quote }}
  imageID: {{ printf "%s@sha256:%s" (regexReplaceAll ":[^/]*$" .image "") (sha256sum .image) | Quote }}
  containerID: {{ printf "simulated://%s" (printf "%s/%s/0" $pod.metadata.uid .name | sha256sum) | Quote }}
  ready: true
  restartCount: 0
  {{ if eq (or .restartPolicy "") "Always" }}
  started: true
  state: {running: {startedAt: {{ $now | Quote }}}}
  {{ else }}
  started: false
  state: {terminated: {exitCode: 0, reason: Completed, startedAt: {{ $now | Quote }}, finishedAt: {{ $now | Quote }}}}
  {{ end }}
  lastState: {}
{{ end }}
{{ end }}
@include conditions.tpl
{{ if .spec.initContainers }}
- {type: Initialized, status: "True", reason: null, message: null, lastTransitionTime: {{ $now | Quote }}}
{{ end }}
phase: Running
{{ with or .status.podIP (PodIPWith .spec.nodeName (or .spec.hostNetwork false) .metadata.uid .metadata.name .metadata.namespace) }}
podIP: {{ . | Quote }}
podIPs: [{ip: {{ . | Quote }}}]
{{ end }}
