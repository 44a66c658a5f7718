/** The style of the debug page, for light and for dark. */
export const DEBUG_STYLE = `
:root { color-scheme: light dark; --paper: #f4f5f7; --card: #fff; --ink: #1b2230; --soft: #5d6776; --line: #dde1e8; --code: #fafbfc;
  --red: #b3261e; --rose: #fdecea; --mark: #ffe9e6; --blue: #1f5fbf; --comment: #6d7785; --string: #1a7f4b; --keyword: #8b3fb8;
  --number: #a3560b; --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace }
@media (prefers-color-scheme: dark) {
  :root { --paper: #13161b; --card: #1b1f26; --ink: #e5e8ee; --soft: #98a2b1; --line: #2d343e; --code: #171a20; --red: #ff8f85;
    --rose: #35201f; --mark: #45262a; --blue: #86b4ff; --comment: #818c9b; --string: #7fd6a2; --keyword: #d3a0f5; --number: #f0b273 }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.55 system-ui, sans-serif; overflow-wrap: anywhere }
header { background: var(--card); border-top: 4px solid var(--red); border-bottom: 1px solid var(--line); padding: 1.6rem 0 1.5rem }
header > *, main, footer { width: min(68rem, 100% - 2.5rem); margin-inline: auto }
.status { display: flex; flex-wrap: wrap; gap: .4rem .75rem; align-items: baseline; margin-block: 0; color: var(--soft) }
.status b { color: var(--red); letter-spacing: .02em }
h1 { margin-block: .45rem .2rem; font-size: 1.75rem; line-height: 1.2; letter-spacing: -.012em }
h2 { margin: 2.2rem 0 .7rem; font-size: 1.1rem; letter-spacing: -.005em }
h2 small { font-size: .85em; font-weight: 400; color: var(--soft) }
h3 { margin: 0; padding: .55rem 1rem; border-bottom: 1px solid var(--line); font-size: .82rem; font-weight: 600; color: var(--soft) }
.message { margin-block: .3rem 0; font-size: 1.08rem; white-space: pre-wrap }
.code { padding: .15em .5em; border-radius: 6px; background: var(--rose); color: var(--red); font: 500 .75rem/1.5 var(--mono);
  vertical-align: .3em; letter-spacing: 0 }
code, pre { font-family: var(--mono); font-size: 13px }
.card, details { margin: 0 0 .6rem; background: var(--card); border: 1px solid var(--line); border-radius: 10px; overflow: hidden }
.failure { margin-top: 1.6rem }
.failure .message { margin-bottom: .8rem }
summary { padding: .55rem 1rem; cursor: pointer; display: flex; gap: .25rem 1rem; flex-wrap: wrap; justify-content: space-between }
summary::-webkit-details-marker { display: none }
summary:hover { background: var(--code) }
summary:focus-visible { outline: 2px solid var(--blue); outline-offset: -2px }
summary::before { content: "▸"; color: var(--soft); margin-right: -.4rem }
details[open] > summary::before { content: "▾" }
summary > :first-child { margin-right: auto }
summary code { font-weight: 600 }
.place { color: var(--soft); font: 13px/1.6 var(--mono) }
.folded { background: transparent; border-style: dashed; color: var(--soft) }
.folded > summary { padding-block: .3rem; font-size: .87rem }
.folded ol { margin: 0; padding: .3rem 1rem .7rem 3.2rem; font-size: .87rem }
pre { margin: 0; padding: .7rem 1rem; overflow-x: auto; background: var(--code); line-height: 1.6; white-space: pre-wrap }
details > pre { border-top: 1px solid var(--line) }
pre.source { padding: .5rem 0; white-space: pre; overflow-wrap: normal }
pre.source > span { display: block; min-width: max-content; padding-right: 1rem; border-left: 3px solid transparent }
pre.source > .hit { background: var(--mark); border-left-color: var(--red) }
pre.source i { display: inline-block; width: 3.6rem; padding-right: 1rem; text-align: right; font-style: normal; color: var(--soft);
  opacity: .75; user-select: none }
u { text-decoration: underline 2px var(--red); text-underline-offset: 3px }
.hit i { color: var(--red); opacity: 1 }
.c { color: var(--comment); font-style: italic } .s { color: var(--string) } .k { color: var(--keyword) } .n { color: var(--number) }
.d { color: var(--blue) }
table { width: 100%; border-collapse: collapse; font-size: .9rem }
th, td { padding: .38rem 1rem; text-align: left; vertical-align: top; border-top: 1px solid var(--line); font-weight: 400 }
tr:first-child > * { border-top: 0 }
th { width: 15rem; color: var(--soft); white-space: nowrap }
td { font: 13px/1.6 var(--mono); white-space: pre-wrap }
td.text { font: inherit }
.wiring { margin: 0; padding: .8rem 1rem; border-bottom: 1px solid var(--line); font: 14px/1.6 var(--mono) }
.verb { color: var(--blue); font: 700 13px/1.6 var(--mono) }
.soft { color: var(--soft) }
.chain { display: flex; flex-wrap: wrap; gap: .3rem; margin: 0; padding: 0; list-style: none; font: inherit }
.chain li + li::before { content: "→ "; color: var(--soft) }
.problem { padding: .8rem 1rem }
.problem p { margin: .3rem 0 }
.problem pre { margin: .4rem 0; padding: .5rem .8rem; border-radius: 7px; white-space: pre; overflow-wrap: normal }
footer { padding: 1.6rem 0 2.5rem; color: var(--soft); font-size: .85rem }
@media (max-width: 40rem) {
  th { width: 38%; white-space: normal }
  h1 { font-size: 1.4rem }
}
`;
