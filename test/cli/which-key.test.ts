import { afterAll, beforeAll, beforeEach, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { cmWith } from './gateway'

setDefaultTimeout(30_000)

let seen: (string | null)[] = []
const server = Bun.serve({
  hostname: '0.0.0.0',
  port: 0,
  fetch(request) {
    seen.push(request.headers.get('authorization'))
    return Response.json({ data: [], next_cursor: null })
  },
})
const local = `http://localhost:${server.port}`
/** An address that is no name of this machine, and is answered by it all the same. */
const elsewhere = `http://0.0.0.0:${server.port}`

const dataDir = mkdtempSync(join(tmpdir(), 'cm-which-key-'))
beforeAll(async () => {
  await Bun.write(join(dataDir, 'first-key'), 'first-file\n')
  await Bun.write(join(dataDir, 'admin-key'), 'admin-file\n')
})
beforeEach(() => {
  seen = []
})
afterAll(async () => {
  await server.stop(true)
  rmSync(dataDir, { recursive: true })
})

const CALLER = { CALLMISSED_KEY: 'caller-variable' }
const ADMIN = { CALLMISSED_ADMIN_KEY: 'admin-variable' }

async function keysSent(variables: Record<string, string>, ...words: string[]) {
  const { errors } = await cmWith({ DATA_DIR: dataDir, CALLMISSED_URL: local, ...variables }, ...words)
  return { sent: seen.map(header => header?.replace('Bearer ', '')), errors }
}

test.each([
  ['caller-option', 'models --key caller-option --admin-key admin-option'],
  ['admin-option', 'models --admin-key admin-option'],
  ['admin-option', '--admin-key admin-option models --all'],
  ['caller-variable', 'models'],
  ['admin-option', 'keys list --admin-key admin-option'],
  ['admin-option', 'usage --admin-key admin-option'],
  ['admin-variable', 'tenants list'],
  ['caller-option', 'chat hello --key caller-option'],
  ['caller-variable', 'chat hello'],
])('an option wins over variables, and those over files: %s (%s)', async (key, line) => {
  expect((await keysSent({ ...CALLER, ...ADMIN }, ...line.split(' '))).sent).toEqual([key])
})

test('a variable wins over a file of the other kind', async () => {
  expect((await keysSent(ADMIN, 'models')).sent).toEqual(['admin-variable'])
  expect((await keysSent({}, 'models', '--admin-key', 'admin-option')).sent).toEqual([
    'admin-variable',
    'admin-option',
  ])
})

test.each([
  ['models', '--admin-key'],
  ['models', '--key'],
  ['keys list', '--admin-key'],
  ['usage', '--url'],
  ['chat hello', '--key'],
])('an option that is empty is refused, and nothing taken in its place (%s %s)', async (line, option) => {
  const { sent, errors } = await keysSent({ ...CALLER, ...ADMIN }, ...line.split(' '), option, '')
  expect({ sent, errors }).toEqual({ sent: [], errors: `error: ${option} is empty\n` })
})

test('keys of DATA_DIR are sent to the gateway of this machine', async () => {
  const own = Object.values(networkInterfaces()).flatMap(found => found ?? [])
  const address = own.find(({ family, internal }) => family === 'IPv4' && !internal)?.address
  const urls = [
    local,
    `http://127.0.0.1:${server.port}/`,
    ...(address ? [`http://${address}:${server.port}`] : []),
  ]
  for (const url of urls) {
    seen = []
    for (const line of ['models', 'chat hello', 'keys list'])
      await keysSent({}, ...line.split(' '), '--url', url)
    expect({ url, seen }).toEqual({
      url,
      seen: ['first-file', 'first-file', 'admin-file'].map(key => `Bearer ${key}`),
    })
  }
})

test.each(['models', 'chat hello', 'keys list'])('and to no other (%s)', async line => {
  for (const words of [['--url', elsewhere], []]) {
    const { sent, errors } = await keysSent({ CALLMISSED_URL: elsewhere }, ...line.split(' '), ...words)
    expect({ sent, errors }).toEqual({
      sent: [],
      errors: expect.stringMatching(/^error: No (admin )?key: .+\n$/),
    })
  }
  const { sent } = await keysSent({ ...CALLER, ...ADMIN }, ...line.split(' '), '--url', elsewhere)
  expect(sent).toEqual([expect.stringContaining('-variable')])
})
