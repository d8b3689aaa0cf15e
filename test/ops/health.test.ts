import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type Site, startSite } from './start-site'

let site: Site
const ask = async (path: string) => {
  const response = await fetch(`${site.url}${path}`)
  return {
    status: response.status,
    json: await response.json(),
    cache: response.headers.get('cache-control'),
  }
}
beforeAll(async () => {
  site = await startSite()
})
afterAll(() => site.stop())

test('is alive and ready', async () => {
  expect(await ask('/health/live')).toEqual({ status: 200, json: { status: 'ok' }, cache: 'no-store' })
  expect(await ask('/health/ready')).toMatchObject({
    status: 200,
    json: { status: 'ok', checks: { database: 'ok', draining: 'ok' } },
  })
})

test('says why it is not ready, and lives on', async () => {
  site.readiness.value = { ok: false, checks: { database: 'no answer', draining: 'ok' } }
  expect(await ask('/health/ready')).toMatchObject({
    status: 503,
    json: { status: 'unavailable', checks: { database: 'no answer', draining: 'ok' } },
  })
  expect((await ask('/health/live')).status).toBe(200)
})

test('a check that fails is not ready, and its error is not shown', async () => {
  site.readiness.value = new Error('postgres://user:secret@db')
  const { status, json } = await ask('/health/ready')
  expect(status).toBe(503)
  expect(JSON.stringify(json)).not.toContain('secret')
})

test('publishes the schema of the configuration file', async () => {
  const response = await fetch(`${site.url}/schema/config.json`)
  expect(response.headers.get('content-type')).toBe('application/schema+json')
  const schema = (await response.json()) as { properties: object }
  expect(schema).toMatchObject({ title: 'callmissed.yaml', type: 'object', additionalProperties: false })
  expect(Object.keys(schema.properties)).toEqual(['vendors', 'models'])
})
