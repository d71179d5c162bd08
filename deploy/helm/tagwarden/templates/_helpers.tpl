{{- define "tagwarden.name" -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "tagwarden.selector" -}}
app.kubernetes.io/name: tagwarden
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{- define "tagwarden.labels" -}}
{{ include "tagwarden.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}

{{- /* By digest where one is given: a tag can be moved. */ -}}
{{- define "tagwarden.image" -}}
{{- with .Values.image -}}
{{- if .digest }}{{ printf "%s@%s" .repository .digest }}{{ else }}{{ printf "%s:%s" .repository (default $.Chart.AppVersion .tag) }}{{ end -}}
{{- end -}}
{{- end -}}

{{- /* The role that serves API and webhooks. */ -}}
{{- define "tagwarden.api" -}}
{{- if eq .Values.mode "single" }}all{{ else }}api{{ end -}}
{{- end -}}
