% rebase('layout', { title: 'Posts' })
% for post of posts:
%   include('parts/card', { post })
% end
% if posts.length === 0:
<p class="empty">Nothing has been written yet. <a href="/posts/new">Begin.</a></p>
% end
% if pages > 1:
<nav aria-label="Pages">
% if page > 1:
  <a rel="prev" href="/?page={{page - 1}}">← Newer</a>
% end
  <span>Page {{page}} of {{pages}}</span>
% if page < pages:
  <a rel="next" href="/?page={{page + 1}}">Older →</a>
% end
</nav>
% end
