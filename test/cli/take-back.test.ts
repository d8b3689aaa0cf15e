import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { cm, cmWith, startGateway } from './gateway'

setDefaultTimeout(30_000)

let gateway: Awaited<ReturnType<typeof startGateway>>
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.stop())

const tenants = async () =>
  JSON.parse((await cm(gateway, 'tenants', 'list', '--json')).output) as { name: string }[]

test.each([
  ['--scope', 'foo'],
  ['--name', ''],
  ['--model', ''],
])('a tenant that was made for a key goes with it, where that is refused (%s %j)', async (option, value) => {
  const before = await tenants()
  const { output, errors, exitCode } = await cm(
    gateway,
    'keys',
    'create',
    '--tenant',
    'fleeting',
    option,
    value,
  )
  expect({ output, errors, exitCode }).toEqual({
    output: '',
    errors: expect.stringMatching(/^error: [^\n]+ \(4\d\d, \w+, request [0-9a-f-]+\)\n$/),
    exitCode: 1,
  })
  expect(await tenants()).toEqual(before)
})

test('a tenant that was there stays', async () => {
  await cm(gateway, 'tenants', 'create', 'lasting')
  expect((await cm(gateway, 'keys', 'create', '--tenant', 'lasting', '--scope', 'foo')).exitCode).toBe(1)
  expect((await tenants()).map(({ name }) => name)).toContain('lasting')
})

test('a tenant that cannot be taken back is named, with both reasons in one line', async () => {
  const refusing = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const { pathname, search } = new URL(request.url)
      if (request.method === 'DELETE') return new Response('', { status: 503 })
      const { method } = request
      const body = method === 'POST' ? await request.text() : null
      return fetch(`${gateway.url}${pathname}${search}`, { method, headers: request.headers, body })
    },
  })
  const run = await cmWith(
    { CALLMISSED_URL: refusing.url.origin, DATA_DIR: gateway.dataDir },
    ...['keys', 'create', '--tenant', 'stuck', '--scope', 'foo'],
  )
  await refusing.stop(true)
  expect(run).toEqual({
    output: '',
    errors: expect.stringMatching(
      /^error: [^\n]+; tenant [0-9a-f-]{36}, made for it, is still there: the answer was 503 \(503\)\n$/,
    ),
    exitCode: 1,
  })
  expect((await tenants()).map(({ name }) => name)).toContain('stuck')
})
