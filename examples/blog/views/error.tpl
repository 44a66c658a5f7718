% rebase('layout', { title: error.reason })
<h1>{{error.reason}}</h1>
<p>{{error.message}}</p>
<p><a href="/">Back to the posts</a></p>
