import { type Static, Type } from '@sinclair/typebox'
import { MODEL_ID, ModelSchema } from './model-schema'
import { VENDOR_NAME, VendorSchema } from './vendor-schema'

const EXAMPLE = {
  vendors: { acme: { dialect: 'openai', base_url: 'http://127.0.0.1:9101/v1', api_key: `\${ACME_KEY}` } },
  models: {
    'acme-large': {
      aliases: ['acme'],
      deployments: [{ vendor: 'acme', model: 'acme-large-2026-01' }],
      price: { input: '2.50', output: '10.00' },
    },
  },
}

/** The whole of `callmissed.yaml`, after `${NAME}` was replaced. */
export const ConfigFileSchema = Type.Object(
  {
    vendors: Type.Optional(
      Type.Record(Type.String({ pattern: VENDOR_NAME }), VendorSchema, {
        additionalProperties: false,
        maxProperties: 1000,
        description: 'Accounts at vendors, by a name of one’s own or that of a built-in vendor.',
      }),
    ),
    models: Type.Optional(
      Type.Record(Type.String({ pattern: MODEL_ID }), ModelSchema, {
        additionalProperties: false,
        maxProperties: 10_000,
        description: 'Models by public id; they add to the built-in catalog and override it.',
      }),
    ),
  },
  { additionalProperties: false },
)
export type ConfigFileContent = Static<typeof ConfigFileSchema>

/** The JSON Schema behind `GET /schema/config.json`: plain data, made anew at each call. */
export function configJsonSchema(): Record<string, unknown> {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: '/schema/config.json',
    title: 'callmissed.yaml',
    description: `Vendors and models of a CallMissed gateway; adds to and overrides the built-in catalog. In every text \${NAME} takes an environment variable, and $\${NAME} stands for the characters themselves.`,
    examples: [EXAMPLE],
    ...(JSON.parse(JSON.stringify(ConfigFileSchema)) as Record<string, unknown>),
  }
}
