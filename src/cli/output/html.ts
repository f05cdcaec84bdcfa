// HTML in which everything is escaped that is not HTML of ours, and the page around it: one file, no network.

/** HTML that may stand as it is. */
export interface Html {
  readonly html: string;
}

type Part = Html | string | number | undefined | readonly Html[];

/** Texts in `${…}` are escaped, for contents and for attributes in double quotes. */
export function html(parts: TemplateStringsArray, ...values: readonly Part[]): Html {
  return { html: parts.map((part, i) => part + shown(values[i])).join('') };
}

function shown(value: Part): string {
  if (value === undefined) return '';
  if (typeof value === 'string' || typeof value === 'number') return escapeHtml(String(value));
  return 'html' in value ? value.html : value.map((each) => each.html).join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

export interface PageParts {
  readonly title: string;
  readonly lead: string;
  readonly body: Html;
}

/** The policy forbids every request: what a page shows is in it. */
export function page({ title, lead, body }: PageParts): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<title>${title}</title>
<style>${{ html: STYLE }}</style>
</head>
<body>
<header><h1>${title}</h1><p>${lead}</p></header>
${body}
<script>${{ html: SCRIPT }}</script>
</body>
</html>`.html;
}

/** A form over rows: a search, a choice for each attribute, and how many are left. */
export function filters(
  choices: readonly { readonly name: string; readonly values: readonly string[] }[],
): Html {
  const selects = choices.map(
    ({ name, values }) => html`<label>${name}
<select data-filter="${name}"><option value="">all</option>${values.map((value) => html`<option>${value}</option>`)}</select></label>`,
  );
  return html`<form id="filters" autocomplete="off">
<label>search <input type="search" data-search placeholder="namespace, name, version"></label>
${selects}
<output id="left"></output>
</form>`;
}

/** Colours after Okabe and Ito, told apart in every common colour blindness; each state has a sign and a word as well. */
const STYLE = `
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#57606a;--paper:#fff;--line:#d0d7de;--shade:#f6f8fa;
--bad:#fbdcc8;--bad-edge:#b34700;--warn:#fdf0c4;--warn-edge:#8a6100;--go:#cfe8f7;--go-edge:#00568f;--move:#f3d9e8;--move-edge:#8f3f6d;--calm:transparent;--calm-edge:#6e7781}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9da7b1;--paper:#0d1117;--line:#30363d;--shade:#161b22;
--bad:#5a2a0c;--bad-edge:#ff9a57;--warn:#4a3a06;--warn-edge:#f0c541;--go:#0c3550;--go-edge:#6cc0f5;--move:#4a2138;--move-edge:#e79ac4;--calm-edge:#8b949e}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:110rem;padding:1rem 1.25rem 3rem;font:15px/1.45 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
h1{font-size:1.35rem;margin:.25rem 0}
header p{color:var(--soft);margin:.25rem 0 1rem;max-width:60rem}
.tiles{display:flex;flex-wrap:wrap;gap:.5rem;margin:0 0 1rem;padding:0;list-style:none}
.tiles button{font:inherit;color:inherit;text-align:left;cursor:pointer;padding:.4rem .7rem;border:1px solid var(--edge);border-left-width:.35rem;border-radius:.35rem;background:var(--fill)}
.tiles b{font-size:1.15rem;display:block}
.tiles button[aria-pressed=true]{outline:2px solid var(--ink);outline-offset:1px}
form{display:flex;flex-wrap:wrap;gap:.6rem 1rem;align-items:end;margin:0 0 .8rem}
label{display:grid;gap:.15rem;font-size:.8rem;color:var(--soft)}
input,select{font:inherit;font-size:1rem;padding:.3rem .45rem;color:var(--ink);background:var(--paper);border:1px solid var(--line);border-radius:.3rem;max-width:100%}
output{margin-left:auto;color:var(--soft)}
.scroll{overflow:auto;max-height:calc(100vh - 2rem);border:1px solid var(--line);border-radius:.4rem}
table{border-collapse:separate;border-spacing:0;width:100%}
th,td{padding:.4rem .6rem;text-align:left;vertical-align:top}
tbody tr:first-child>*{border-top:1px solid var(--line)}
.what td{padding-top:0}
thead th{position:sticky;top:0;background:var(--shade);font-size:.8rem;white-space:nowrap;z-index:1}
tbody th{font-weight:600;overflow-wrap:anywhere;min-width:11rem}
tbody small{color:var(--soft);font-weight:400;display:block}
.state{display:inline-block;padding:.1rem .45rem;border-radius:.3rem;background:var(--fill);border:1px solid var(--edge);white-space:nowrap}
.bad{--fill:var(--bad);--edge:var(--bad-edge)}.warn{--fill:var(--warn);--edge:var(--warn-edge)}
.go{--fill:var(--go);--edge:var(--go-edge)}.move{--fill:var(--move);--edge:var(--move-edge)}.calm{--fill:var(--calm);--edge:var(--line)}
td ul{margin:0;padding:0;list-style:none;max-width:75rem}td li+li{margin-top:.15rem}
.already{color:var(--soft)}
.none{color:var(--soft)}
[hidden]{display:none!important}
.legend{display:flex;flex-wrap:wrap;gap:.4rem 1rem;margin:.8rem 0 0;padding:0;list-style:none;color:var(--soft);font-size:.85rem}
@media screen and (max-width:48rem){
body{padding:.75rem .75rem 2rem}
.scroll{overflow:visible;max-height:none;border:0}
thead{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}
table,tbody,tr,th,td{display:block}
tbody[data-row]{border:1px solid var(--line);border-radius:.4rem;margin:0 0 .6rem;padding:.35rem .7rem}
tbody tr:first-child>*{border:0}
tbody th,tbody td{padding:.2rem 0;min-width:0}
tbody td[data-label]{display:grid;grid-template-columns:7rem 1fr;gap:.5rem}
tbody td[data-label]::before{content:attr(data-label);color:var(--soft);font-size:.85rem}
tbody td:empty,tbody td.none{display:none}
td ul{max-width:none}
.state{white-space:normal;overflow-wrap:anywhere;justify-self:start}
output{margin-left:0;width:100%}
label{flex:1 1 8rem}
}
@media print{
:root{color-scheme:light;--ink:#000;--soft:#444;--paper:#fff;--line:#999;--shade:#eee;--bad:#fbdcc8;--bad-edge:#b34700;--warn:#fdf0c4;--warn-edge:#8a6100;--go:#cfe8f7;--go-edge:#00568f;--move:#f3d9e8;--move-edge:#8f3f6d}
body{font-size:9pt;padding:0;max-width:none}
form{display:none}
.scroll{overflow:visible;max-height:none;border:0}
thead th{position:static}
tbody[data-row]{break-inside:avoid}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
}
`;

const SCRIPT = `
(() => {
  const rows = [...document.querySelectorAll('[data-row]')];
  const form = document.getElementById('filters');
  if (form === null) return;
  const left = document.getElementById('left');
  const search = form.querySelector('[data-search]');
  const selects = [...form.querySelectorAll('[data-filter]')];
  const tiles = [...document.querySelectorAll('[data-tile]')];
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const apply = () => {
    const words = search.value.toLowerCase().split(/\\s+/).filter((word) => word !== '');
    let count = 0;
    rows.forEach((row, i) => {
      const fits = selects.every((s) => s.value === '' || (row.getAttribute('data-' + s.dataset.filter) || '').split(' ').includes(s.value));
      row.hidden = !(fits && words.every((word) => texts[i].includes(word)));
      if (!row.hidden) count++;
    });
    left.textContent = count === rows.length ? rows.length + ' rows' : count + ' of ' + rows.length + ' rows';
    for (const tile of tiles) tile.setAttribute('aria-pressed', String(selects.some((s) => s.dataset.filter === tile.dataset.tile && s.value === tile.value)));
  };
  for (const tile of tiles) tile.addEventListener('click', () => {
    const select = selects.find((s) => s.dataset.filter === tile.dataset.tile);
    select.value = select.value === tile.value ? '' : tile.value;
    apply();
  });
  form.addEventListener('input', apply);
  form.addEventListener('submit', (event) => event.preventDefault());
  apply();
})();
`;
