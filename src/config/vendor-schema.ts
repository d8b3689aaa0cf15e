import { type Static, Type } from '@sinclair/typebox'
import { VENDORS } from '../catalog/vendors'
import { DEFAULT_TIMEOUTS, DIALECTS } from '../vendors/vendor'
import { OneOf, optionalText, Secret } from './schema-kinds'

export const VENDOR_NAME = '^[a-z0-9][a-z0-9._-]{0,63}$'
const MAX_SECONDS = 86_400
const MAX_HEADERS = 32

const dialectNames = [...new Set<string>([...DIALECTS, ...VENDORS.map(vendor => vendor.name)])]

const Seconds = (description: string, standard: number) =>
  Type.Optional(
    Type.Number({
      exclusiveMinimum: 0,
      maximum: MAX_SECONDS,
      description: `${description}, in seconds.`,
      default: standard,
    }),
  )

const TimeoutsSchema = Type.Object(
  {
    connect: Seconds('Until the connection stands', DEFAULT_TIMEOUTS.connect),
    first_event: Seconds('Until the first event or byte of the answer', DEFAULT_TIMEOUTS.firstEvent),
    silence: Seconds('Between two pieces of the answer', DEFAULT_TIMEOUTS.silence),
    total: Seconds('For the whole call', DEFAULT_TIMEOUTS.total),
  },
  { additionalProperties: false, description: 'Bounds on the phases of a call; fractions are fine.' },
)

/** One account at a vendor, under a name of one's own or that of a built-in vendor. */
export const VendorSchema = Type.Object(
  {
    dialect: Type.Optional(
      OneOf(
        dialectNames,
        "The wire protocol, or the name of a built-in vendor, which brings its base URL, its quirks and its key's variable. Not needed under a built-in vendor's own name.",
        ['openai', 'openai-compatible', 'anthropic', 'groq'],
      ),
    ),
    base_url: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 2048,
        description:
          'What stands before the resource path, version included. http or https, without credentials or query.',
        examples: ['http://127.0.0.1:9101/v1'],
      }),
    ),
    api_key: Type.Optional(
      Secret(
        'Our secret at this vendor, best as the name of a variable in braces after a dollar sign. Left out where none is needed.',
      ),
    ),
    on_disconnect: Type.Optional(
      OneOf(
        ['abort', 'drain'],
        'When the caller leaves: close the vendor’s stream, or read on for its usage.',
      ),
    ),
    timeouts: Type.Optional(TimeoutsSchema),
    headers: Type.Optional(
      Type.Record(
        Type.String({ pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$" }),
        Secret('A header’s value.'),
        {
          additionalProperties: false,
          maxProperties: MAX_HEADERS,
          description:
            'Further request headers. Those of the connection and of the credential are not ours to set here.',
          examples: [{ 'x-team': 'search' }],
        },
      ),
    ),
    transport: Type.Optional(
      OneOf(
        ['auto', 'fetch'],
        'fetch: where an HTTP proxy stands in between; auto takes it where HTTP_PROXY or HTTPS_PROXY names one. It has no timeouts.connect.',
      ),
    ),
    api_version: optionalText('Dialect azure: the API’s version.', '2026-10-01'),
    region: optionalText('Dialect bedrock: the region.', 'us-east-1', '^[a-z0-9-]+$'),
    access_key_id: Type.Optional(Secret('Dialect bedrock: the access key’s id.')),
    secret_access_key: Type.Optional(Secret('Dialect bedrock: the secret access key.')),
    session_token: Type.Optional(Secret('Dialect bedrock: the session’s token.')),
    project: optionalText('Dialect vertex: the project.', 'my-project'),
    location: optionalText('Dialect vertex: the location.', 'europe-west4', '^[a-z0-9-]+$'),
    credentials_file: optionalText(
      'Dialect vertex: the path of the credentials’ file.',
      '/run/secrets/vertex.json',
    ),
  },
  { additionalProperties: false, description: 'An account at a vendor.' },
)
export type VendorEntry = Static<typeof VendorSchema>

/** Fields that one dialect alone knows. */
export const DIALECT_FIELDS: Readonly<Record<string, string>> = {
  api_version: 'azure',
  region: 'bedrock',
  access_key_id: 'bedrock',
  secret_access_key: 'bedrock',
  session_token: 'bedrock',
  project: 'vertex',
  location: 'vertex',
  credentials_file: 'vertex',
}
