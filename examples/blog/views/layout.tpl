% const message = get('flash')?.take()
<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>{{title}} · Marginalia</title>
  <link rel="stylesheet" href="/static/style.css">
</head>
<body>
<header>
  <a class="name" href="/">Marginalia</a>
  <a class="button" href="/posts/new">Write</a>
</header>
<main>
% if message:
<p class="flash" role="status">{{message}}</p>
% end
{{!base}}
</main>
<footer>Made with bottlenose.</footer>
</body>
</html>
