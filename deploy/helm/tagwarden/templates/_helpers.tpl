{{- define "tagwarden.name" -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "tagwarden.selector" -}}
app.kubernetes.io/name: tagwarden
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "tagwarden.labels" -}}
{{ include "tagwarden.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}

{{- /* The role that serves API and webhooks. */ -}}
{{- define "tagwarden.api" -}}
{{- if eq .Values.mode "single" }}all{{ else }}api{{ end -}}
{{- end -}}
