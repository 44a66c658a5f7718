% rebase('layout.tpl', { title: error.reason })
<h1>{{error.reason}}</h1>
<p>{{error.message}}</p>
<p><a href="/">Back to the list</a></p>
