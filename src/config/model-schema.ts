import { type Static, Type } from '@sinclair/typebox'
import { CAPABILITIES, ENDPOINTS } from '../catalog/model'
import { METERS } from '../catalog/price'
import { OneOf } from './schema-kinds'
import { VENDOR_NAME } from './vendor-schema'

export const MODEL_ID = '^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,199}$'
const DOLLARS = '^[0-9]{1,15}(\\.[0-9]{1,12})?$'
const MAX_TOKENS = 1_000_000_000

const Dollars = (description: string, example: string) =>
  Type.Optional(Type.String({ pattern: DOLLARS, description, examples: [example] }))

const METER_NOTES: Partial<Record<(typeof METERS)[number], string>> = {
  cached_input: 'Absent: charged as input.',
  cache_write: 'Absent: charged as input.',
  cache_write_1h: 'Absent: charged as cache_write, or as input.',
  reasoning: 'Absent: charged as output.',
  character: 'Dollars per million characters of speech.',
  audio_minute: 'Dollars per minute of audio heard, counted in seconds.',
  audio_hour: 'Dollars per hour of audio heard, counted in seconds.',
  image: 'Dollars per image.',
  request: 'Dollars per request.',
}
const PER_MILLION = 'Dollars per million tokens, a decimal in quotes.'

const meterFields = Object.fromEntries(
  METERS.map(meter => {
    const note = METER_NOTES[meter]
    return [
      meter,
      Dollars(note?.startsWith('Dollars') ? note : [PER_MILLION, note].filter(Boolean).join(' '), '2.50'),
    ]
  }),
)

const TierSchema = Type.Object(
  {
    from_input_tokens: Type.Integer({
      minimum: 1,
      maximum: MAX_TOKENS,
      description: 'From this many input tokens on (inclusive) the whole request is charged by this tier.',
      examples: [200_001],
    }),
    ...meterFields,
  },
  {
    additionalProperties: false,
    description: 'Other prices for long prompts; prices every meter that the base prices.',
  },
)

const PriceSchema = Type.Object(
  { ...meterFields, tiers: Type.Optional(Type.Array(TierSchema, { maxItems: 16 })) },
  {
    additionalProperties: false,
    minProperties: 1,
    description: 'Dollars as decimals in quotes; "0" where it is free. Without a price a model is refused.',
    examples: [{ input: '2.50', cached_input: '0.25', output: '10.00' }],
  },
)

const DeploymentSchema = Type.Object(
  {
    vendor: Type.String({ pattern: VENDOR_NAME, description: 'A vendor of this file, or a built-in one.' }),
    model: Type.String({ minLength: 1, maxLength: 512, description: 'The id that is sent to the vendor.' }),
  },
  { additionalProperties: false, description: 'One place where the model is served.' },
)

const TokenCount = (description: string, example: number) =>
  Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_TOKENS, description, examples: [example] }))

const CapabilitiesSchema = Type.Object(
  Object.fromEntries(CAPABILITIES.map(name => [name, Type.Optional(Type.Boolean({ default: false }))])),
  { additionalProperties: false, description: 'What the model can do; everything is false unless said.' },
)

/** One model; under the id of a built-in model it replaces the fields that it names and keeps the others. */
export const ModelSchema = Type.Object(
  {
    aliases: Type.Optional(
      Type.Array(Type.String({ pattern: MODEL_ID }), {
        maxItems: 64,
        uniqueItems: true,
        description: 'Other names for it.',
        examples: [['acme']],
      }),
    ),
    deployments: Type.Optional(
      Type.Array(DeploymentSchema, {
        minItems: 1,
        maxItems: 64,
        description: 'Where it is served, in order of preference.',
        examples: [[{ vendor: 'acme', model: 'acme-large-2026-01' }]],
      }),
    ),
    endpoints: Type.Optional(
      Type.Array(OneOf(ENDPOINTS, 'A billable route.'), {
        minItems: 1,
        uniqueItems: true,
        default: ['chat.completions'],
        description:
          'What it is called through; chat models are also reached through completions, responses and messages.',
      }),
    ),
    price: Type.Optional(PriceSchema),
    capabilities: Type.Optional(CapabilitiesSchema),
    context_window: TokenCount('Tokens of prompt and answer together.', 128_000),
    max_output_tokens: TokenCount('Tokens of one answer.', 16_384),
  },
  { additionalProperties: false, description: 'A model, by the public id that callers send.' },
)
export type ModelEntry = Static<typeof ModelSchema>
