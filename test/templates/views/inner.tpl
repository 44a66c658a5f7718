% rebase('outer')
<body>{{!base}}</body>
