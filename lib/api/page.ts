import { openApiDocument } from './openapi.ts';
import { STREAM_PROTOCOL } from './stream/described.ts';

interface Schema {
  type?: string;
  description?: string;
  enum?: string[];
  default?: unknown;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  minimum?: number;
  maximum?: number;
  anyOf?: Schema[];
}

interface Operation {
  summary: string;
  description?: string;
  tags: string[];
  security: object[];
  parameters?: { name: string; in: string; required: boolean; description?: string; schema: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, { description: string }>;
}

let made: string | null = null;

/** The OpenAPI document for people: one page without scripts, which loads nothing. */
export function readablePage(): string {
  made ??= page();
  return made;
}

function page(): string {
  const { info, paths } = openApiDocument() as {
    info: { title: string; description: string };
    paths: Record<string, Record<string, Operation>>;
  };
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, one]) => ({ path, method: method.toUpperCase(), one })),
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(info.title)} API</title><style>${STYLE}</style></head><body><main>
<h1>${text(info.title)} API</h1>
<p>${text(info.description)}</p>
<p>From this machine reading needs no token. Everything else does, and writing always:
<code>Authorization: Bearer &lt;token&gt;</code>. For programs: <a href="openapi.json">openapi.json</a> (OpenAPI 3.1).</p>
${operations.map(({ path, method, one }) => section(path, method, one)).join('\n')}
${STREAM_PROTOCOL.map(({ title, lines }) => `<section><h2>${text(title)}</h2>${table(lines)}</section>`).join('\n')}
</main></body></html>
`;
}

function section(path: string, method: string, one: Operation): string {
  const body = one.requestBody?.content['application/json']?.schema;
  const inputs: [string, string][] = [
    ...(one.parameters ?? []).map((each): [string, string] => [
      `${each.name}${each.required ? ' *' : ''}`,
      describe({
        ...each.schema,
        ...(each.description === undefined ? {} : { description: each.description }),
      }),
    ]),
    ...Object.entries(body?.properties ?? {}).map(([name, schema]): [string, string] => [
      `${name}${body?.required?.includes(name) ? ' *' : ''}`,
      describe(schema),
    ]),
  ];
  const answers = Object.entries(one.responses).map(([status, { description }]): [string, string] => [
    status,
    description,
  ]);
  return `<section><h2><b class="${method.toLowerCase()}">${method}</b> ${text(path)}</h2><p>${text([one.summary, one.description].filter(Boolean).join(' '))}</p>
${inputs.length > 0 ? table(inputs) : ''}<details><summary>Answers</summary>${table(answers)}</details></section>`;
}

function describe({
  type,
  description = '',
  enum: words,
  default: usual,
  minimum,
  maximum,
  items,
  anyOf,
}: Schema): string {
  const kind = words
    ? words.join(' | ')
    : (items?.type ?? type ?? anyOf?.map((one) => one.type).join(' | ') ?? '');
  const range =
    minimum !== undefined && maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER
      ? `${minimum} to ${maximum}`
      : '';
  const fallback = usual === undefined || usual === null ? '' : `default ${JSON.stringify(usual)}`;
  return [`${type === 'array' ? 'list of ' : ''}${kind}`, range, fallback, description]
    .filter(Boolean)
    .join('; ');
}

function table(rows: readonly (readonly [string, string])[]): string {
  const lines = rows.map(
    ([name, what]) => `<tr><th><code>${text(name)}</code></th><td>${text(what)}</td></tr>`,
  );
  const stacked = rows.some(([name]) => name.length > LONGEST_NAME);
  return `<table${stacked ? ' class="stacked"' : ''}>${lines.join('')}</table>`;
}

function text(value: string): string {
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** What is longer stands above its words instead of beside them. */
const LONGEST_NAME = 32;

const STACKED = `th, td { display: block; width: auto; } td { padding: 0 0 8px 16px; } th { padding: 3px 0 0; }`;
const STYLE = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { margin: 0; } main { max-width: 860px; margin: 0 auto; padding: 24px 16px 64px; }
section { border-top: 1px solid color-mix(in srgb, currentColor 20%, transparent); padding: 4px 0 12px; }
p, li, h1 { overflow-wrap: anywhere; } section > p { margin: 8px 0; }
h2 { font: 600 16px/1.4 ui-monospace, monospace; overflow-wrap: anywhere; } h2 b { display: inline-block; min-width: 64px; }
code { font: 13px/1.5 ui-monospace, monospace; } summary { cursor: pointer; }
table { border-collapse: collapse; width: 100%; }
th { width: 190px; text-align: left; font-weight: normal; } th, td { padding: 3px 12px 3px 0; vertical-align: top; overflow-wrap: anywhere; }
.stacked { ${STACKED} }
@media (max-width: 560px) { ${STACKED} }
`;
