/** The output of `--help`. */
export const HELP = `Usage: bottlenose [options] MODULE[:APP]
       bottlenose routes|check|openapi [options] MODULE[:APP]
       bottlenose templates [options] [FOLDER…]

Serves the application APP of MODULE, a JavaScript or TypeScript file or the name of a package. APP is any expression over what
the module exports, such as app, 'makeApp()' or apps.admin. Without it: the export app, the default export, or the default app.

Options:
  -b, --bind ADDRESS[:PORT]   listen here (default 127.0.0.1:8080); :8080, '[::1]:8080'
  -s, --server NAME           serve with this adapter (default node)
  -p, --plugin EXPRESSION     install a plugin: cors, 'cors({ origin: "*" })', './plugins.ts:timing()'; repeatable
  -c, --conf FILE             load a configuration file (.json, .ini, .env); repeatable
  -C, --param NAME=VALUE      set one value of the configuration; repeatable
      --debug                 debug mode: error pages with trace and source
      --reload                restart when a file changes
      --version               print the version
  -h, --help                  print this

Commands:
  routes MODULE[:APP]         print a table of the routes: where each parameter comes from, which plugins apply
  check MODULE[:APP]          prove the wiring; status 0 when it is whole, 1 when not
  openapi MODULE[:APP]        print the OpenAPI 3.1 document
      --title TEXT            the name of the API (default: that of the installed OpenAPIPlugin)
      --version VERSION       the version of the API (the same)
  -o, --output FILE           write to a file
  templates [FOLDER…]         compile templates (default ./views) to a module, for runtimes that forbid code generation
  -o, --output FILE           write to a file, which the application imports
      --syntax TOKENS         the tokens of the templates (default '<% %> % {{ }}')
      --encoding NAME         the encoding of the files (default utf-8)

Status: 0 for success, 1 for a problem, 2 for wrong arguments.
`;
