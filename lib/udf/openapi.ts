import { z } from 'zod';
import { type Json, json, parametersOf, plain } from '../api/openapi-parts.ts';
import { QUESTIONS } from './parameters.ts';

const error = z.object({
  s: z.literal('error'),
  errmsg: z.string(),
  field: z.string().optional().describe('Of what was asked wrongly.'),
  value: z.unknown().optional(),
  expected: z.string().optional(),
});
const ANSWERS: Record<number, string> = {
  400: 'A value is wrong: which field, what it was and what is expected.',
  401: 'No token, or a wrong one.',
  403: 'Without a token this machine alone is answered.',
  404: 'The broker does not know the symbol.',
  503: 'The account or its broker is not there at the moment.',
};

/** OpenAPI 3.1, made of the schemas that check what comes in; paths are relative to where the document is. */
export function openApiDocument(): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Charts of node-red-trader',
      version: 'v1',
      description:
        "TradingView's UDF. Times are unix seconds; in a simulated market a `to` of about now is its own now.",
    },
    servers: [{ url: '.' }],
    components: { schemas: { Error: plain(error, 'output') } },
    paths: Object.fromEntries(
      Object.entries(QUESTIONS).map(([path, { summary, query }]) => [
        path,
        {
          get: {
            operationId: path.slice(1),
            summary,
            parameters: parametersOf(query, 'query'),
            responses: responses(path),
          },
        },
      ]),
    ),
  };
}

function responses(path: string): Json {
  const refused = json({ $ref: '#/components/schemas/Error' });
  const content = path === '/time' ? { 'text/plain': { schema: { type: 'string' } } } : json({});
  return {
    200: { description: 'As UDF has it.', content },
    ...Object.fromEntries(
      Object.entries(ANSWERS).map(([status, description]) => [status, { description, content: refused }]),
    ),
  };
}
