% rebase('inner')
<p>{{text}}</p>
