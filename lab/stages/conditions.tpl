{{/* The pod's conditions, from $pod, $now and $unready (the names of containers that are not ready). */}}
{{ $closed := list }}{{ range $gate := $pod.spec.readinessGates }}{{ $open := false }}
{{ range $pod.status.conditions }}{{ if and (eq .type $gate.conditionType) (eq .status "True") }}{{ $open = true }}{{ end }}{{ end }}
{{ if not $open }}{{ $closed = append $closed $gate.conditionType }}{{ end }}{{ end }}
{{ $was := dict }}{{ range $pod.status.conditions }}{{ $_ := set $was .type . }}{{ end }}
conditions:
{{ range $type := list "ContainersReady" "Ready" }}
{{ $status := "True" }}{{ $reason := "" }}{{ $message := "" }}
{{ if $unready }}
{{ $status = "False" }}{{ $reason = "ContainersNotReady" }}
{{ $message = printf "containers with unready status: [%s]" (join " " $unready) }}
{{ else if and (eq $type "Ready") $closed }}
{{ $status = "False" }}{{ $reason = "ReadinessGatesNotReady" }}
{{ $message = printf "corresponding condition of pod readiness gate %q does not exist or is not \"True\"." (first $closed) }}
{{ end }}
{{ $old := index $was $type }}
- type: {{ $type }}
  status: {{ $status | Quote }}
  reason: {{ if $reason }}{{ $reason }}{{ else }}null{{ end }}
  message: {{ if $message }}{{ $message | Quote }}{{ else }}null{{ end }}
  lastProbeTime: null
  lastTransitionTime: {{ if and $old (eq $old.status $status) }}{{ $old.lastTransitionTime | Quote }}{{ else }}{{ $now | Quote }}{{ end }}
{{ end }}
