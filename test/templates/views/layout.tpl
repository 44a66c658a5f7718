<title>{{title}}</title>
{{!base}}!
