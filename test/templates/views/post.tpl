% rebase('layout.tpl', { title: 'Posts' })
% for post of posts:
% include('partials/row', { post })
% end
