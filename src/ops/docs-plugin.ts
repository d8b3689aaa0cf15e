import { swagger } from '@elysiajs/swagger'
import { type DocumentDecoration, Elysia } from 'elysia'
import { ERROR_SCHEMA, errorList } from '../openapi/error-docs'

/** A route as the application holds it, as far as the docs look at it. */
export interface DescribedRoute {
  method: string
  path: string
  hooks: { detail?: DocumentDecoration }
}

/** Where the plugin's application has them; no route of ours may be called so. */
export const PAGE_PATH = '/-/page'
export const DOCUMENT_PATH = '/-/document'

const DESCRIPTION = `One key, every vendor’s models, OpenAI’s API.

Point any OpenAI SDK at \`/v1\`, or Anthropic’s at this address without it, and give it a key of this gateway (\`cm_live_…\`).
A key is made with the admin key (\`CALLMISSED_ADMIN_KEY\`, or the file \`admin-key\` in \`DATA_DIR\`), by \`POST /api/v1/keys\` or
\`bun cm keys create\`. Paste yours under *Authentication* to try the calls on this page.

Every answer carries \`x-request-id\`; with it \`GET /api/v1/audit/{request_id}\` shows what the request used and cost.

## Errors

On every route \`{"error": {"message", "type", "param", "code"}}\`, as OpenAI’s; \`param\` is the field at fault, or null. Those under
\`/v1/messages\` have Anthropic’s shape instead. In a stream that has begun they are its last event but \`[DONE]\`. A vendor’s
refusal keeps its status, and its code where OpenAI has one.

${errorList()}`

const TAGS = [
  {
    name: 'Inference',
    description:
      'A vendor of the same dialect gets what was sent, to the byte. For others it is translated; what cannot be is refused by its name.',
  },
  { name: 'Catalog', description: 'Every model that is known, with its price and what it can do.' },
  {
    name: 'Management',
    description: 'Tenants, keys, and what they used: for the admin key, and for keys whose scopes allow it.',
  },
  { name: 'Operations', description: 'Health, metrics and schemas.' },
]

/**
 * An application of its own in which the plugin finds a copy of every described route: it would leave out those that
 * end in a wildcard. It answers the page and the document; the latter is not valid as it comes (openapi.ts mends it).
 */
export function describeWithPlugin(routes: readonly DescribedRoute[], version: string) {
  const app = new Elysia().use(
    swagger({
      path: PAGE_PATH,
      specPath: DOCUMENT_PATH,
      provider: 'scalar',
      scalarCDN: '/docs/scalar.js',
      scalarConfig: VIEWER,
      excludeStaticFile: false,
      documentation: {
        info: { title: 'CallMissed', version, description: DESCRIPTION, license: LICENSE },
        servers: [{ url: '/' }],
        tags: TAGS,
        components: { schemas: { Error: ERROR_SCHEMA as object }, securitySchemes: SECURITY },
      },
    }),
  )
  for (const { method, path, hooks } of routes)
    if (hooks.detail && !hooks.detail.hide)
      app.route(method, path.replace('*', ':id'), () => '', { detail: hooks.detail })
  return app
}

const LICENSE = { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' }

const SECURITY = {
  key: { type: 'http', scheme: 'bearer', description: 'A key of this gateway; it begins with `cm_live_`.' },
  admin: {
    type: 'http',
    scheme: 'bearer',
    description: 'The admin key; it begins with `cm_adm_` if the gateway made it.',
  },
} as const

/** The viewer's options: nothing that would ask another host (fonts, a proxy, an assistant), no tools for its own makers. */
const VIEWER = {
  url: '/openapi.json',
  // The plugin would put its own here, under the older name.
  spec: undefined,
  customCss: '',
  withDefaultFonts: false,
  hideClientButton: true,
  hideModels: true,
  // The order in which the schemas are written: what matters first.
  orderSchemaPropertiesBy: 'preserve',
  telemetry: false,
  agent: { disabled: true },
  mcp: { disabled: true },
  showDeveloperTools: 'never',
  persistAuth: false,
  authentication: { preferredSecurityScheme: 'key' },
  defaultHttpClient: { targetKey: 'shell', clientKey: 'curl' },
  metaData: { title: 'CallMissed' },
} as object
