{{- define "identity.name" -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "identity.selector" -}}
app.kubernetes.io/name: runai-identity
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "identity.labels" -}}
{{ include "identity.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- /* The host of publicUrl, without its port. */ -}}
{{- define "identity.host" -}}
{{- regexReplaceAll ":[0-9]+$" (urlParse .Values.publicUrl).host "" -}}
{{- end -}}

{{- define "identity.scheme" -}}
{{- if .Values.tlsSecret }}HTTPS{{ else }}HTTP{{ end -}}
{{- end -}}
