one
{{ missing }}
