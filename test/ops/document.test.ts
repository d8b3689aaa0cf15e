import { afterAll, beforeAll, expect, test } from 'bun:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import { type Site, startSite } from './start-site'

let site: Site
// biome-ignore lint/suspicious/noExplicitAny: a test looks into it as OpenAPI says
let document: any
beforeAll(async () => {
  site = await startSite()
  document = await (await fetch(`${site.url}/openapi.json`)).json()
})
afterAll(() => site.stop())

// biome-ignore lint/suspicious/noExplicitAny: see above
function operations(): { route: string; operation: any }[] {
  return Object.entries<object>(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      route: `${method.toUpperCase()} ${path}`,
      operation,
    })),
  )
}

test('the published document is valid OpenAPI', async () => {
  expect(await new Validator().validate(document)).toEqual({ valid: true })
  expect(document.openapi).toBe('3.0.3')
})

test('every route is in it, those with wildcards too', () => {
  const published = operations()
    .map(({ route }) => route)
    .sort()
  const routes = site.management.app.routes
    .filter(({ path }) => !path.startsWith('/docs'))
    .map(({ method, path }) => `${method} ${path.replace('*', '{id}').replace(/:(\w+)/g, '{$1}')}`)
  expect(published).toEqual(routes.sort())
  expect(published).toContain('GET /v1/models/{id}')
  expect(published).toContain('GET /schema/config.json')
})

test('every route has a summary, a tag, who may call it, and schemas with examples', () => {
  const tags = document.tags.map(({ name }: { name: string }) => name)
  for (const { route, operation } of operations()) {
    expect({ route, summary: operation.summary, tags: operation.tags, security: operation.security }).toEqual(
      {
        route,
        summary: expect.stringMatching(/\w/),
        tags: [expect.any(String)],
        security: expect.any(Array),
      },
    )
    expect(tags).toContain(operation.tags[0])
    for (const media of [operation.requestBody, ...Object.values(operation.responses)]
      .filter(Boolean)
      // biome-ignore lint/suspicious/noExplicitAny: see above
      .flatMap((part: any) => Object.values<any>(part.content)))
      expect({ route, schema: media.schema, example: media.example ?? media.examples }).toEqual({
        route,
        schema: expect.any(Object),
        example: expect.anything(),
      })
  }
})

/** A wrong key, in the envelope of the dialect. */
const OPENAI = {
  error: {
    message: expect.any(String),
    type: 'invalid_request_error',
    param: null,
    code: 'invalid_api_key',
  },
}
const ANTHROPIC = {
  type: 'error',
  error: {
    type: 'authentication_error',
    message: expect.any(String),
    details: { error_code: 'invalid_api_key' },
  },
  request_id: expect.any(String),
}

/** Those that take a file. */
const FORMS = ['POST /v1/audio/transcriptions', 'POST /v1/audio/translations']

test('bodies are JSON, or a form where a file is taken, and nothing else; whoever needs a key is told of the refusals', () => {
  for (const { route, operation } of operations()) {
    if (operation.requestBody)
      expect({ route, types: Object.keys(operation.requestBody.content) }).toEqual({
        route,
        types: [FORMS.includes(route) ? 'multipart/form-data' : 'application/json'],
      })
    if (operation.requestBody)
      expect({ route, required: operation.requestBody.required }).toEqual({
        route,
        required: !route.endsWith('/rotate'),
      })
    if (operation.security.length > 0)
      expect({
        route,
        refusal: operation.responses[401]?.content['application/json'].examples.invalid_api_key?.value,
      }).toEqual({ route, refusal: route.startsWith('POST /v1/messages') ? ANTHROPIC : OPENAI })
  }
})

test('routes that call a vendor can be repeated and are limited, and say so; no other says it', () => {
  const naming = (header: string) =>
    operations().filter(({ operation }) =>
      (operation.parameters ?? []).some(({ name }: { name: string }) => name === header),
    )
  const said = naming('Idempotency-Key')
  expect(naming('x-callmissed-on-disconnect').map(({ route }) => route)).toEqual(
    said.map(({ route }) => route),
  )
  for (const { route, operation } of said) {
    expect(Object.keys(operation.responses[200].headers)).toContain('x-ratelimit-remaining-requests')
    const { examples } = operation.responses[429].content['application/json']
    expect({ route, codes: Object.keys(examples) }).toMatchObject({
      codes: expect.arrayContaining(['rate_limit_exceeded']),
    })
    expect(Object.keys(operation.responses[409].content['application/json'].examples)).toEqual(
      expect.arrayContaining(['idempotency_mismatch', 'idempotency_expired']),
    )
  }
  const routes = said.map(({ route }) => route)
  expect(routes).toContain('POST /v1/chat/completions')
  expect(routes).toContain('POST /v1/embeddings')
  expect(routes.filter(route => !route.startsWith('POST /v1/') || route.includes('count_tokens'))).toEqual([])
})

test('operation ids are unique, and the browser of the docs is not part of the API', () => {
  const ids = operations().map(({ operation }) => operation.operationId)
  expect(new Set(ids).size).toBe(ids.length)
  expect(Object.keys(document.paths).filter(path => path.startsWith('/docs'))).toEqual([])
})
