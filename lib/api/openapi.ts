import type { z } from 'zod';
import type { Endpoint } from './endpoint.ts';
import { ENDPOINTS } from './endpoints/all.ts';
import { type Json, json, parametersOf, plain } from './openapi-parts.ts';
import { errorAnswer } from './schemas.ts';

const SECURITY = [{ bearer: [] }];
/** What may be answered to any request, whatever it asks for. */
export const REFUSALS: Record<number, string> = {
  401: 'No token, a wrong one, or one without Bearer in front; it says which. Reading from this machine needs none.',
  403: 'The page that asks belongs to another origin.',
  405: 'This path knows other methods.',
  422: 'A value is wrong: which field, what it was and what is expected.',
  429: 'Too many wrong tokens.',
  503: 'The account or its broker is not there at the moment.',
};
export const BODY_REFUSALS: Record<number, string> = {
  400: 'The body is no JSON.',
  408: 'The body did not arrive in time.',
  413: 'The body is too large.',
  415: 'The body is not application/json.',
};

let made: Json | null = null;

/** OpenAPI 3.1, made of the schemas that check what comes in. */
export function openApiDocument(): Json {
  made ??= {
    openapi: '3.1.0',
    info: {
      title: 'node-red-trader',
      version: 'v1',
      description:
        'Quotes, the portfolio, orders and price alerts of one account. Prices are dollars, quantities shares. Times are ' +
        'epoch milliseconds in market time; only timestamp, and what is called wall, is wall time. Symbols are taken in ' +
        "any spelling (BRK.B, BRK/B, NYSE:BRK.B); in answers symbol is Tradier's, BRK/B, and ticker TradingView's, BRK.B. " +
        'Live data: the WebSocket at /stream.',
    },
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      schemas: { Error: plain(errorAnswer, 'output') },
    },
    paths: paths(),
  };
  return made;
}

function paths(): Json {
  const found: Record<string, Json> = {};
  for (const endpoint of ENDPOINTS) {
    found[endpoint.path] ??= {};
    Object.assign(found[endpoint.path] as Json, { [endpoint.method.toLowerCase()]: operation(endpoint) });
  }
  return found;
}

function operation(endpoint: Endpoint): Json {
  const { id, summary, also, tag, params, query, body, method, example } = endpoint;
  const parameters = [...parametersOf(params, 'path'), ...parametersOf(query, 'query')];
  return {
    operationId: id,
    summary,
    ...(also ? { description: `Also at ${also.join(' and ')}.` } : {}),
    tags: [tag],
    security: method === 'GET' ? [{}, ...SECURITY] : SECURITY,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: { required: true, content: bodyContent(body, example) } } : {}),
    responses: responses(endpoint),
  };
}

function bodyContent(body: z.ZodObject, example: Endpoint['example']): Json {
  const { 'application/json': content } = json(plain(body, 'input')) as { 'application/json': Json };
  return { 'application/json': { ...content, ...(example?.body ? { example: example.body } : {}) } };
}

function responses({ answers, body }: Endpoint): Json {
  const error = json({ $ref: '#/components/schemas/Error' });
  const refusals = { ...REFUSALS, ...(body ? BODY_REFUSALS : {}) };
  return {
    ...Object.fromEntries(
      Object.entries(refusals).map(([status, description]) => [status, { description, content: error }]),
    ),
    ...Object.fromEntries(
      Object.entries(answers).map(([status, { description, schema }]) => [
        status,
        { description, content: status === '404' ? error : json(plain(schema, 'output')) },
      ]),
    ),
  };
}
