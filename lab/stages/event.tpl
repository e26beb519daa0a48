{{/* An event about $pod, as a kubelet sends it, from $type, $reason, $message, $field (container{NAME} or "") and $count. */}}
{{ $since := $pod.metadata.creationTimestamp }}
apiVersion: v1
kind: Event
metadata:
  name: {{ $pod.metadata.name }}.{{ printf "%s %s" $reason $message | sha256sum | trunc 16 }}
  namespace: {{ $pod.metadata.namespace }}
involvedObject:
  apiVersion: v1
  kind: Pod
  name: {{ $pod.metadata.name }}
  namespace: {{ $pod.metadata.namespace }}
  uid: {{ $pod.metadata.uid }}
  {{ if $field }}fieldPath: {{ $field | Quote }}{{ end }}
type: {{ $type }}
reason: {{ $reason }}
message: {{ $message | Quote }}
count: {{ $count }}
firstTimestamp: {{ or $pod.status.startTime $since | Quote }}
lastTimestamp: {{ now | date "2006-01-02T15:04:05Z07:00" | Quote }}
source: {component: kubelet, host: {{ $pod.spec.nodeName }}}
reportingComponent: kubelet
reportingInstance: {{ $pod.spec.nodeName }}
