% const { item } = include('items')
% title = title || 'none'
<ul>
% for post of posts:
% item(post.title)
% end
</ul>
% if defined('last'):
{{!last}}
% end
