<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>{{title}}</title>
  <style>
    :root { color-scheme: light dark; --accent: #0a7; }
    body { font: 1rem/1.5 system-ui, sans-serif; margin: 3rem auto; max-width: 34rem; padding: 0 1rem; }
    nav { margin-top: 1rem; }
    nav a { color: inherit; margin-right: 1rem; text-decoration: none; }
    nav a[aria-current] { border-bottom: 2px solid var(--accent); }
    form { display: flex; gap: .5rem; }
    input, button { font: inherit; border: 1px solid #8886; border-radius: .4rem; padding: .4rem .7rem; }
    input { flex: 1; min-width: 0; }
    button { background: none; color: inherit; cursor: pointer; }
    form.new button { background: var(--accent); border-color: var(--accent); color: #fff; }
    ul { list-style: none; padding: 0; }
    li { align-items: center; border-bottom: 1px solid #8883; display: flex; gap: .5rem; padding: .4rem 0; }
    li > span { flex: 1; overflow-wrap: anywhere; }
    li.done > span { opacity: .5; text-decoration: line-through; }
    [role=alert] { color: #c33; }
  </style>
</head>
<body>
{{!base}}
</body>
</html>
