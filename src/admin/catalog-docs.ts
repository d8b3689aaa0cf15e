import { type TSchema, Type } from '@sinclair/typebox'
import { FILTER_NAMES } from '../catalog/filter'
import type { CatalogEntry } from '../catalog/listing'
import { ENDPOINTS } from '../catalog/model'
import { describeRoute } from '../openapi/route-docs'
import { nullable, pageSchema } from './answer'
import { MAX_LIMIT } from './query'
import { KEY_ERRORS } from './refusals'

const Flag = Type.Boolean()
const FlagFilter = Type.Boolean({ description: 'Only models of which it is true; with `false` the others.' })
const Dollars = Type.String({ description: 'Dollars per million tokens at most, such as 1.00.' })

/** Filters that are more than a yes or a no. */
const FILTERS: Record<string, TSchema> = {
  max_input_price: Dollars,
  max_output_price: Dollars,
  min_context_window: Type.Integer({ minimum: 0, description: 'Tokens at least.' }),
  // No enum: viewers would send its first value with every request that is tried.
  endpoint: Type.String({ description: `Served by this one of ${ENDPOINTS.join(', ')}.` }),
  vendor: Type.String({ description: 'Had at this vendor.' }),
  q: Type.String({ description: 'Part of the id or an alias.' }),
}

/** The catalog's filters and its page. */
export const CatalogQuery = Type.Object({
  ...Object.fromEntries(FILTER_NAMES.map(name => [name, Type.Optional(FILTERS[name] ?? FlagFilter)])),
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: MAX_LIMIT, description: 'How many at most; all without it.' }),
  ),
  cursor: Type.Optional(Type.String({ description: '`next_cursor` of the page before.' })),
})

const Rate = Type.Object({
  usd: Type.String({ description: 'Dollars, exactly.' }),
  per: Type.String({
    description: 'What that buys: 1M_tokens, 1M_characters, minute, hour, image, request.',
  }),
})

const EntrySchema = Type.Object({
  id: Type.String(),
  aliases: Type.Array(Type.String()),
  vendors: Type.Array(Type.Object({ name: Type.String(), model: Type.String() })),
  available: Type.Boolean({ description: 'A vendor of it is configured here.' }),
  context_window: nullable(Type.Integer()),
  max_output_tokens: nullable(Type.Integer()),
  supports_vision: Flag,
  supports_tools: Flag,
  supports_json_schema: Flag,
  supports_streaming: Flag,
  supports_reasoning: Flag,
  supports_audio_input: Flag,
  endpoints: Type.Array(Type.Union(ENDPOINTS.map(name => Type.Literal(name)))),
  pricing: nullable(
    Type.Object(
      {
        input: Type.Optional(Rate),
        cached_input: Type.Optional(Rate),
        output: Type.Optional(Rate),
        tiers: Type.Array(Type.Object({ from_input_tokens: Type.Integer() }, { additionalProperties: Rate })),
      },
      { description: 'One rate a meter; a tier prices the whole request from so many input tokens on.' },
    ),
  ),
  price_version: nullable(Type.String()),
  unpriced: Type.Boolean({ description: 'No price is known, so it cannot be called.' }),
  deprecated_on: nullable(Type.String({ format: 'date' })),
})

const EXAMPLE: CatalogEntry = {
  id: 'acme-large',
  aliases: ['acme'],
  vendors: [{ name: 'acme', model: 'acme-large-2026-01' }],
  available: true,
  context_window: 128_000,
  max_output_tokens: 16_384,
  supports_vision: true,
  supports_tools: true,
  supports_json_schema: true,
  supports_streaming: true,
  supports_reasoning: false,
  supports_audio_input: false,
  endpoints: ['chat.completions'],
  pricing: {
    input: { usd: '2.5', per: '1M_tokens' },
    cached_input: { usd: '0.25', per: '1M_tokens' },
    output: { usd: '10', per: '1M_tokens' },
    tiers: [],
  },
  price_version: '2026-11-20',
  unpriced: false,
  deprecated_on: null,
}

/** What `/openapi.json` says of the routes. */
export const CATALOG_DOCS = {
  list: describeRoute({
    tag: 'Catalog',
    summary: 'List the catalog',
    description:
      'Every model that is known, callable here or not, with prices and capabilities. One page, unless `limit` is given.',
    access: 'either',
    query: CatalogQuery,
    answer: {
      description: 'The models that pass every filter.',
      content: {
        'application/json': {
          schema: pageSchema(EntrySchema),
          example: { data: [EXAMPLE], next_cursor: null },
        },
      },
    },
    errors: [...KEY_ERRORS, 'invalid_value', 'unknown_parameter'],
  }),
  find: describeRoute({
    tag: 'Catalog',
    summary: 'Get a model of the catalog',
    access: 'either',
    path: { id: { description: 'Its id, slashes and all, or an alias.', example: 'acme-large' } },
    answer: {
      description: 'The model.',
      content: { 'application/json': { schema: EntrySchema, example: EXAMPLE } },
    },
    errors: [...KEY_ERRORS, 'model_not_found'],
  }),
}
