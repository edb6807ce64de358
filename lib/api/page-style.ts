/** The look of the readable page: light and dark, from 320 px up, nothing loaded. */
export const STYLE = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; --line: color-mix(in srgb, currentColor 16%, transparent);
  --soft: color-mix(in srgb, currentColor 5%, transparent); --dim: color-mix(in srgb, currentColor 66%, transparent); }
body { margin: 0; scroll-padding-top: 16px; }
.page { display: grid; grid-template-columns: minmax(0, 1fr); max-width: 1240px; margin: 0 auto; padding: 28px 20px 72px; }
header, main, nav { min-width: 0; }
h1 { font-size: 24px; line-height: 1.25; margin: 0 0 8px; }
h2 { font: 600 12px/1.4 system-ui, sans-serif; letter-spacing: .06em; text-transform: uppercase; color: var(--dim); margin: 40px 0 4px; }
h3 { font: 600 15px/1.5 ui-monospace, monospace; margin: 0 0 4px; overflow-wrap: anywhere; }
p, li { margin: 6px 0; overflow-wrap: anywhere; } header p, section > p { max-width: 760px; } a { color: inherit; }
code, pre, i { font: 13px/1.5 ui-monospace, monospace; }
i { color: var(--dim); overflow-wrap: anywhere; }
pre { margin: 8px 0; padding: 8px 12px; background: var(--soft); border-radius: 6px; white-space: pre-wrap; overflow-wrap: anywhere; }
.account { padding: 8px 12px; border-left: 4px solid #0b57b0; background: var(--soft); } .account.simulated { border-color: #b25e00; }
.tag { display: inline-block; box-sizing: border-box; min-width: 58px; margin-right: 8px; padding: 0 6px; border-radius: 4px; text-align: center;
  font: 700 11px/20px ui-monospace, monospace; color: #fff; vertical-align: 1px; }
.get { background: #17693f; } .post { background: #0b57b0; } .patch { background: #8a5300; } .delete { background: #b3261e; } .ws { background: #6438a8; }
.old { font: 600 11px/18px system-ui, sans-serif; border: 1px solid var(--line); border-radius: 4px; padding: 0 5px; color: var(--dim); }
nav ul { list-style: none; margin: 0 0 8px; padding: 0; } nav li { margin: 0; }
nav a { display: block; padding: 3px 0; text-decoration: none; font: 13px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
nav a:hover { text-decoration: underline; } nav .tag { min-width: 50px; font-size: 10px; line-height: 17px; } nav h2 { margin: 0; padding: 12px 0 2px; font-size: 11px; }
section { border-top: 1px solid var(--line); padding: 16px 0 12px; scroll-margin-top: 8px; }
summary { cursor: pointer; padding: 2px 0; }
table { border-collapse: collapse; width: 100%; margin: 4px 0; }
th { width: 210px; text-align: left; font-weight: normal; } th, td { padding: 4px 12px 4px 0; vertical-align: top; overflow-wrap: anywhere; }
tr + tr > * { border-top: 1px solid var(--soft); }
.d1 code { padding-left: 16px; } .d2 code { padding-left: 32px; } .d3 code { padding-left: 48px; }
.must { font: 600 11px/1 system-ui, sans-serif; color: light-dark(#9a4f00, #ffb261); }
.narrow th { width: 56px; }
.stacked th, .stacked td { display: block; width: auto; } .stacked td { padding: 0 0 8px 16px; } .stacked tr > * { border-top: 0; }
@media (min-width: 620px) and (max-width: 1079px) { nav > div { columns: 2; column-gap: 32px; } nav ul { break-inside: avoid; } nav h2 { break-after: avoid; } }
@media (min-width: 1080px) {
  .page { grid-template-columns: 290px minmax(0, 860px); column-gap: 48px; justify-content: center; }
  nav { grid-row: 1 / 3; position: sticky; top: 0; align-self: start; max-height: 100vh; overflow-y: auto; } header, main { grid-column: 2; }
}
@media (max-width: 560px) {
  th, td { display: block; width: auto; padding: 3px 0 0; } td { padding: 0 0 6px 16px; } td { border-top: 0 !important; }
  .page { padding: 16px 16px 48px; }
}
`;
