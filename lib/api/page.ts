import type { Environment } from '../domain/portfolio.ts';
import { WHERE_IT_LIES } from './access.ts';
import type { Endpoint } from './endpoint.ts';
import { ENDPOINTS } from './endpoints/all.ts';
import { BODY_REFUSALS, openApiDocument, REFUSALS } from './openapi.ts';
import { parametersOf, plain } from './openapi-parts.ts';
import { answeredFields, type Field, fieldOf, fieldsOf, type Schema } from './page-fields.ts';
import { STYLE } from './page-style.ts';
import { STREAM_PROTOCOL } from './stream/described.ts';

/** Where the page is, and whom it speaks of. */
export interface PageFacts {
  /** In front of every path: `http://127.0.0.1:1880`. */
  address: string;
  /** From the page to the folder of the document: '', `v1/` or `../`. */
  folder: string;
  /** null while there is none. */
  account: { accountId: string; environment: Environment } | null;
}

const MONEY: Record<Environment, string> = {
  simulator: 'It is SIMULATED: neither its market nor its money is real.',
  'tradier-sandbox': "It is in Tradier's sandbox: its money is paper money.",
  'tradier-live': 'It is a real account at Tradier.',
};

const TAGS = [...new Set(ENDPOINTS.map(({ tag }) => tag))];

/** Everything the API does, for people: one page without scripts, which loads nothing. */
export function readablePage(facts: PageFacts): string {
  const { title, description } = openApiDocument().info as { title: string; description: string };
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(title)} API</title><style>${STYLE}</style></head><body><div class="page">
<header><h1>${text(title)} API</h1>
${accountLine(facts.account)}
<p>${text(description)}</p>
<p>For programs: <a href="${facts.folder}openapi.json">openapi.json</a> (OpenAPI 3.1).</p></header>
${contents()}
<main>
${token()}
${refusals()}
${TAGS.map((tag) => `<h2>${text(tag)}</h2>\n${of(tag, (one) => section(one, facts.address))}`).join('\n')}
<h2>Live</h2>
${stream(({ id, title, lines }) => `<section id="${id}"><h3>${chip('WS')}${text(title)}</h3>${pairs(lines)}</section>`)}
</main></div></body></html>
`;
}

function accountLine(account: PageFacts['account']): string {
  if (account === null) return '<p class="account">No account is there at the moment; /health says why.</p>';
  const { accountId, environment } = account;
  const mark = environment === 'simulator' ? 'account simulated' : 'account';
  return `<p class="${mark}">This serves account <code>${text(accountId)}</code>. ${text(MONEY[environment])}</p>`;
}

function contents(): string {
  const link = (id: string, words: string) => `<li><a href="#${id}">${words}</a></li>`;
  const groups = TAGS.map((tag) => {
    const links = of(tag, ({ id, method, path }) =>
      link(id, chip(method) + text(path.replace('/api/v1', ''))),
    );
    return `<h2>${text(tag)}</h2><ul>${links}</ul>`;
  });
  return `<nav aria-label="Contents"><div>
<h2>First</h2><ul>${link('token', 'The token')}${link('refusals', 'Refusals')}</ul>
${groups.join('\n')}
<h2>Live</h2><ul>${stream(({ id, title }) => link(id, chip('WS') + text(title)))}</ul>
</div></nav>`;
}

function token(): string {
  return `<section id="token"><h3>The token</h3>
<p>From this machine reading needs none. Writing needs it always, and so does everything from elsewhere:
<code>Authorization: Bearer &lt;token&gt;</code>.</p>
<p>${text(WHERE_IT_LIES)} The examples take it from <code>$TOKEN</code>, and an alert's id from <code>$ID</code>:</p>
<pre>TOKEN=$(cat .runtime/api-token)</pre></section>`;
}

function refusals(): string {
  const all = Object.entries({ ...REFUSALS, ...BODY_REFUSALS });
  return `<section id="refusals"><h3>Refusals</h3>
<p>These may be answered to any request, with the body
<code>{"error":{"field","value","expected","message"}}</code>.</p>
${pairs(all)}</section>`;
}

function section(endpoint: Endpoint, address: string): string {
  const { id, method, path, also, summary, params, query, body, answers } = endpoint;
  const asked = [
    ...[...parametersOf(params, 'path'), ...parametersOf(query, 'query')].map((one) => {
      const { name, required, description, schema } = one as unknown as Parameter;
      return fieldOf(
        name,
        { ...schema, ...(description === undefined ? {} : { description }) },
        { required },
      );
    }),
    ...(body ? fieldsOf(plain(body, 'input')) : []),
  ];
  const other = also ? ` Also at ${also.join(' and ')}.` : '';
  return `<section id="${id}"><h3>${chip(method)}${text(path)}</h3><p>${text(summary + other)}</p>
<pre>${text(exampleOf(endpoint, address))}</pre>
${fields(asked)}
${Object.entries(answers).map(answer).join('\n')}</section>`;
}

interface Parameter {
  name: string;
  required: boolean;
  description?: string;
  schema: Schema;
}

function answer([status, { description, schema }]: [string, Endpoint['answers'][number]]): string {
  const words = `<code>${status}</code> ${text(description)}`;
  const shown = answeredFields(plain(schema, 'output'));
  return shown.length === 0
    ? `<p>${words}</p>`
    : `<details><summary>${words}</summary>${fields(shown)}</details>`;
}

/** A line for a shell; it works as it stands once TOKEN, and ID where it is used, are set. */
export function exampleOf({ method, path, example = {} }: Endpoint, address: string): string {
  const { query, body } = example;
  const url = address + path.replace('{id}', '$ID') + (query === undefined ? '' : `?${query}`);
  return [
    'curl -sS',
    method === 'PATCH' || method === 'DELETE' ? `-X ${method}` : '',
    `"${url}"`,
    method === 'GET' ? '' : '-H "Authorization: Bearer $TOKEN"',
    body ? `-H 'Content-Type: application/json' -d '${JSON.stringify(body)}'` : '',
  ]
    .filter(Boolean)
    .join(' ');
}

function of(tag: string, write: (endpoint: Endpoint) => string): string {
  return ENDPOINTS.filter((one) => one.tag === tag)
    .map(write)
    .join('\n');
}

function stream(write: (part: (typeof STREAM_PROTOCOL)[number] & { id: string }) => string): string {
  return STREAM_PROTOCOL.map(({ title, lines }, n) =>
    write({ id: `stream-${n}`, title: title.replace(/^WS /, ''), lines }),
  ).join('\n');
}

function chip(method: string): string {
  return `<b class="tag ${method.toLowerCase()}">${method}</b>`;
}

function fields(rows: readonly Field[]): string {
  if (rows.length === 0) return '';
  const lines = rows.map(({ name, depth, required, deprecated, kind, words }) => {
    const marks = `${required ? ' <b class="must">required</b>' : ''}${deprecated ? ' <b class="old">old name</b>' : ''}`;
    return `<tr class="d${Math.min(depth, 3)}"><th><code>${text(name)}</code>${marks}</th><td><i>${text(kind)}</i> ${text(words)}</td></tr>`;
  });
  return `<table>${lines.join('')}</table>`;
}

/** What is longer stands above its words instead of beside them. */
const LONGEST_NAME = 32;

function pairs(rows: readonly (readonly [string, string])[]): string {
  const lines = rows.map(
    ([name, what]) => `<tr><th><code>${text(name)}</code></th><td>${text(what)}</td></tr>`,
  );
  const longest = Math.max(...rows.map(([name]) => name.length));
  const shape = longest > LONGEST_NAME ? ' class="stacked"' : longest <= 3 ? ' class="narrow"' : '';
  return `<table${shape}>${lines.join('')}</table>`;
}

function text(value: string): string {
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
