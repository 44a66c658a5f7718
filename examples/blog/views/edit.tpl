% const heading = id === undefined ? 'A new post' : 'Edit the post'
% rebase('layout', { title: heading })
<h1>{{heading}}</h1>
<form class="panel" method="post" action="{{id === undefined ? '/posts/new' : `/posts/${id}/edit`}}" novalidate>
% include('parts/field', { name: 'title', label: 'Title', rows: 1 })
% include('parts/field', { name: 'body', label: 'Text', rows: 12 })
  <button class="primary">{{id === undefined ? 'Publish' : 'Save'}}</button>
  <a href="{{id === undefined ? '/' : `/posts/${id}`}}">Cancel</a>
</form>
