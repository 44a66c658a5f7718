% const start = post.body.split(/\s+/).slice(0, 40).join(' ')
<article class="card">
  <h2><a href="/posts/{{post.id}}">{{post.title}}</a></h2>
  <p>{{start}}{{start.length < post.body.trim().length ? ' …' : ''}}</p>
% include('parts/meta')
</article>
