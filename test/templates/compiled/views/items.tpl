% function item(text):
<li>{{text}}</li>
% end
