% rebase('layout', { title: post.title })
<article>
  <h1>{{post.title}}</h1>
% include('parts/meta')
% for paragraph of post.body.split(/\r?\n\s*\n/):
  <p>{{paragraph}}</p>
% end
  <form class="actions" method="post" action="/posts/{{post.id}}/delete">
    <a class="button" href="/posts/{{post.id}}/edit">Edit</a>
    <button>Delete</button>
  </form>
</article>
<section id="comments">
  <h2>Comments</h2>
% for comment of comments:
  <blockquote>
    <p>{{comment.text}}</p>
    <footer>{{comment.author}}, {{comment.created.slice(0, 10)}}</footer>
  </blockquote>
% end
  <form class="panel" method="post" action="/posts/{{post.id}}/comments" novalidate>
% include('parts/field', { name: 'author', label: 'Your name', rows: 1 })
% include('parts/field', { name: 'text', label: 'Your comment', rows: 3 })
    <button class="primary">Comment</button>
  </form>
</section>
