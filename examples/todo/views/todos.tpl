% rebase('layout.tpl', { title: 'To do' })
<h1>To do</h1>
<form class="new" method="post" action="/">
  <input name="title" value="{{draft}}" maxlength="80" required autofocus placeholder="What needs to be done?" aria-label="Title">
  <button>Add</button>
</form>
% if problem:
<p role="alert">{{problem}}</p>
% end
<nav>
% for [name, href, done] of [['All', '/'], ['Open', '/?done=false', false], ['Done', '/?done=true', true]]:
  <a href="{{href}}" {{!filter.done === done ? 'aria-current="page"' : ''}}>{{name}}</a>
% end
</nav>
<ul>
% for todo of todos:
  <li class="{{todo.done ? 'done' : 'open'}}">
    <form method="post" action="/{{todo.id}}">
      <button name="done" value="{{todo.done ? 'false' : 'true'}}" aria-label="{{todo.done ? 'Reopen' : 'Done'}}">{{todo.done ? '↺' : '✓'}}</button>
    </form>
    <span>{{todo.title}}</span>
    <form method="post" action="/{{todo.id}}/delete"><button aria-label="Delete">✕</button></form>
  </li>
% end
% if todos.length === 0:
  <li>Nothing here.</li>
% end
</ul>
