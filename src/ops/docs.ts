import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Type } from '@sinclair/typebox'
import { Elysia } from 'elysia'
import { once } from '../lib/once'
import { describeRoute } from '../openapi/route-docs'
import { pageHeaders } from './docs-headers'
import { type DescribedRoute, DOCUMENT_PATH, describeWithPlugin, PAGE_PATH } from './docs-plugin'
import { mendDocument } from './openapi'

export interface DocsDeps {
  /** Of this gateway. */
  version: string
  /** Every route of the application; asked for when the docs are first read. */
  routes: () => readonly DescribedRoute[]
}

const HOUR = 'public, max-age=3600'
/** The viewer changes with a release at most, and is asked for by its tag after that. */
const WEEK = 'public, max-age=604800'

/** `/docs`: the API browser, `/openapi.json`: what it shows. Both come whole from this process; no other host is asked. */
export function docs({ version, routes }: DocsDeps) {
  const plugin = once(() => describeWithPlugin(routes(), version))
  const page = once(async () => mendPage(await (await ask(plugin(), PAGE_PATH)).text()))
  const document = once(async () => {
    const written = await (await ask(plugin(), DOCUMENT_PATH)).text()
    return JSON.stringify(mendDocument(JSON.parse(written)))
  })
  return new Elysia()
    .get('/docs', async () => new Response(await page(), { headers: pageHeaders(await page()) }), HIDDEN)
    .get('/docs/scalar.js', ({ request }) => viewer(request.headers.get('if-none-match')), HIDDEN)
    .get(
      '/openapi.json',
      async () =>
        new Response(await document(), {
          headers: { 'content-type': 'application/json', 'cache-control': HOUR },
        }),
      { detail: DOCS },
    )
}

function ask(app: { handle: (request: Request) => Promise<Response> }, path: string): Promise<Response> {
  return app.handle(new Request(`http://localhost${path}`))
}

/**
 * Says the page's language, keeps browsers from asking for an icon that is not there, drops an address that the plugin has no
 * more, and the introduction that it writes into attributes, quotes and all.
 */
function mendPage(html: string): string {
  return html
    .replace('<html>', '<html lang="en">')
    .replace('data-url="undefined"', '')
    .replace(/<meta\s+name="(?:og:)?description"[\s\S]*?\/>/g, '')
    .replace('</head>', '<link rel="icon" href="data:,"></head>')
}

/** Scalar's own build, sent from its package. */
function viewer(known: string | null): Response {
  const file = Bun.file(join(dirname(fileURLToPath(import.meta.resolve('@scalar/api-reference'))), BUNDLE))
  const headers = {
    etag: `"${file.size.toString(36)}-${file.lastModified.toString(36)}"`,
    'cache-control': WEEK,
    'content-type': 'text/javascript; charset=utf-8',
    'x-content-type-options': 'nosniff',
  }
  return known === headers.etag
    ? new Response(null, { status: 304, headers })
    : new Response(file, { headers })
}

const BUNDLE = 'browser/standalone.js'
const HIDDEN = { detail: { hide: true } }
const DOCS = describeRoute({
  tag: 'Operations',
  summary: 'This description',
  access: 'none',
  answer: {
    description: 'An OpenAPI 3.0 document.',
    content: {
      'application/json': {
        schema: Type.Object({
          openapi: Type.String(),
          paths: Type.Object({}, { additionalProperties: true }),
        }),
        example: { openapi: '3.0.3', info: { title: 'CallMissed', version: '0.1.0' }, paths: {} },
      },
    },
  },
})
