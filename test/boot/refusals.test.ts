import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { join, resolve } from 'node:path'
import { startProcess, stopEverything, temporaryFolder } from './start-process'

setDefaultTimeout(120_000)
afterAll(stopEverything)

const freshFolder = () => join(temporaryFolder(), 'data')

test('lists every problem of the configuration at once, ends with 1 and shows no secret', async () => {
  const dataDir = freshFolder()
  const file = resolve(dataDir, '..', 'callmissed.yaml')
  await Bun.write(
    file,
    'vendors:\n  acme:\n    dialect: openai\n    base_uri: http://127.0.0.1:1/v1\n    api_key: sk-canary-in-the-file\n',
  )
  const refused = startProcess(dataDir, {
    env: {
      PORT: '70000',
      LOG_LEVEL: 'loud',
      SHUTDOWN_GRACE_SECONDS: '-1',
      DATABASE_URL: 'mysql://root:canary-of-a-password@db/x',
      CALLMISSED_ADMIN_KEY: 'canary short',
      OPENAI_API_KEY: 'canary\u00e9 with a space',
    },
  })
  expect(await refused.ended()).toBe(1)
  const lines = refused.stderr().trimEnd().split('\n')
  expect(lines[0]).toBe('The configuration cannot be used:')
  const named = ['PORT', 'LOG_LEVEL', 'SHUTDOWN_GRACE_SECONDS', 'DATABASE_URL', 'CALLMISSED_ADMIN_KEY']
  for (const name of [...named, 'OPENAI_API_KEY', 'callmissed.yaml'])
    expect({ name, lines: lines.filter(line => line.includes(name)).length }).not.toEqual({ name, lines: 0 })
  expect(lines.every((line, index) => index === 0 || line.startsWith('  '))).toBe(true)
  expect(refused.stdout() + refused.stderr()).not.toContain('canary')
  expect(await Bun.file(join(dataDir, 'admin-key')).exists()).toBe(false)
})

test('names the port that is taken, in one line', async () => {
  const taken = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } })
  const refused = startProcess(freshFolder(), { env: { PORT: String(taken.port) } })
  expect(await refused.ended()).toBe(1)
  taken.stop(true)
  expect(refused.stderr()).toBe(
    `The gateway cannot listen at 127.0.0.1, port ${taken.port}: another program does, set PORT to another one or to 0.\n`,
  )
  expect(refused.stdout()).not.toContain('cm_')
})

test('names the address that is not of this machine, in one line', async () => {
  const refused = startProcess(freshFolder(), { env: { HOST: '203.0.113.7', PORT: '4000' } })
  expect(await refused.ended()).toBe(1)
  expect(refused.stderr()).toBe(
    'The gateway cannot listen at 203.0.113.7, port 4000: HOST is no address of this machine.\n',
  )
})

test('names the host that nobody knows, in one line', async () => {
  const refused = startProcess(freshFolder(), { env: { HOST: 'no.such.host.invalid', PORT: '4000' } })
  expect(await refused.ended()).toBe(1)
  expect(refused.stderr()).toBe(
    'The gateway cannot listen at no.such.host.invalid, port 4000: HOST is no name that this machine finds an address for.\n',
  )
})
