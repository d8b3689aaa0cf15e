import { afterAll, beforeAll, expect, test } from 'bun:test'
import { cm, cmWith, startGateway } from './gateway'

let gateway: Awaited<ReturnType<typeof startGateway>>
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.stop())

const KEY = /^cm_live_[0-9A-Za-z]{36}\n$/

test('makes a tenant and its key in one line, and prints the secret alone to stdout', async () => {
  const made = await cm(gateway, 'keys', 'create', '--tenant', 'acme', '--name', 'laptop', '--expires', '30d')
  expect(made).toMatchObject({ exitCode: 0, output: expect.stringMatching(KEY) })
  expect(made.errors).toContain('shown this once')
  const keys = JSON.parse((await cm(gateway, 'keys', 'list', '--tenant', 'acme', '--json')).output)
  expect(keys).toMatchObject([{ name: 'laptop', revoked_at: null }])
  const days = (Date.parse(keys[0].expires_at) - Date.now()) / 86_400_000
  expect(days).toBeGreaterThan(29.9)
  expect(days).toBeLessThanOrEqual(30)
})

test('a tenant that is there is taken, not made again', async () => {
  for (const name of ['one', 'two']) await cm(gateway, 'keys', 'create', '--tenant', 'twice', '--name', name)
  const tenants = JSON.parse((await cm(gateway, 'tenants', 'list', '--json')).output)
  expect(tenants.filter((tenant: { name: string }) => tenant.name === 'twice')).toHaveLength(1)
})

test('the contract’s line makes a key with a budget, and the tenant that it names, which is said', async () => {
  const line = 'keys create --tenant contract --scope stt --budget 10/month'.split(' ')
  const first = await cm(gateway, ...line)
  expect(first).toMatchObject({ exitCode: 0, output: expect.stringMatching(KEY) })
  expect(first.errors).toContain('There was no tenant "contract": it was made.')
  expect((await cm(gateway, ...line)).errors).not.toContain('it was made')
  const [key] = JSON.parse((await cm(gateway, 'keys', 'list', '--tenant', 'contract', '--json')).output)
  expect(key).toMatchObject({ scopes: ['stt'], budget: { limit_usd: '10', period: 'month' } })
})

test('an id that no tenant has, and a list of nobody’s keys, are answered with how to make one', async () => {
  const id = '01a2283d-90fc-72d0-9468-629b7a708d06'
  for (const words of [
    ['create', '--tenant', id],
    ['list', '--tenant', 'nobody'],
  ]) {
    const { exitCode, output, errors } = await cm(gateway, 'keys', ...words)
    expect({ exitCode, output }).toEqual({ exitCode: 1, output: '' })
    expect(errors).toStartWith(`error: There is no tenant "${words.at(-1)}". Make it with: cm tenants create`)
  }
})

test('a key works until it is revoked', async () => {
  const key = (await cm(gateway, 'keys', 'create', '--tenant', 'brief')).output.trim()
  const before = await cm(gateway, 'chat', 'hello', '--key', key, '--model', 'demo')
  expect(before.exitCode).toBe(0)
  const [{ id }] = JSON.parse((await cm(gateway, 'keys', 'list', '--tenant', 'brief', '--json')).output)
  expect((await cm(gateway, 'keys', 'revoke', id)).output).toBe(`revoked ${id}\n`)
  const after = await cm(gateway, 'chat', 'hello', '--key', key, '--model', 'demo')
  expect(after.exitCode).toBe(1)
  expect(after.errors).toContain('key_revoked')
  expect((await cm(gateway, 'keys', 'list', '--tenant', 'brief')).output).toContain('revoked 20')
})

test('a key is made with scopes and models, changed and rotated', async () => {
  const words = ['--scope', 'stt', '--scope', 'usage:read', '--model', 'gpt-*', '--model', 'demo']
  const first = await cm(gateway, 'keys', 'create', '--tenant', 'limited', ...words)
  expect(first.output).toMatch(KEY)
  const old = first.output.trim()
  const list = async () =>
    JSON.parse((await cm(gateway, 'keys', 'list', '--tenant', 'limited', '--json')).output)[0]
  const { id, ...made } = await list()
  expect(made).toMatchObject({ scopes: ['stt', 'usage:read'], models: ['gpt-*', 'demo'] })
  const shown = (await cm(gateway, 'keys', 'list', '--tenant', 'limited')).output
  expect(shown).toContain('stt usage:read')
  expect(shown).toContain('gpt-* demo')
  const refused = await cm(gateway, 'chat', 'hello', '--key', old, '--model', 'demo')
  expect(refused.errors).toContain('scope_not_allowed')

  const changes = ['--scope', 'llm', '--all-models', '--expires', '30d', '--name', 'wider']
  expect((await cm(gateway, 'keys', 'update', id, ...changes)).output).toContain('wider')
  expect(await list()).toMatchObject({ scopes: ['llm'], models: null, expires_at: expect.any(String) })
  await cm(gateway, 'keys', 'update', id, '--no-expiry')
  expect(await list()).toMatchObject({ scopes: ['llm'], expires_at: null })
  expect((await cm(gateway, 'keys', 'update', id)).errors).toContain('Say what to change')

  const rotated = await cm(gateway, 'keys', 'rotate', id, '--grace', '1h')
  expect(rotated.output).toMatch(KEY)
  expect(rotated.errors).toContain('shown this once')
  for (const key of [old, rotated.output.trim()])
    expect((await cm(gateway, 'chat', 'hello', '--key', key, '--model', 'demo')).exitCode).toBe(0)
  await cm(gateway, 'keys', 'rotate', id)
  expect(
    (await cm(gateway, 'chat', 'hello', '--key', rotated.output.trim(), '--model', 'demo')).errors,
  ).toContain('key_expired')
})

test('a key and a tenant are limited, and a limit is lifted', async () => {
  const list = async (what: string) =>
    JSON.parse((await cm(gateway, what, 'list', '--json')).output).find(
      ({ name }: { name: string }) => name === 'busy',
    ).limits
  await cm(gateway, 'tenants', 'create', 'busy', '--rpm', '600')
  expect(await list('tenants')).toEqual({ rpm: 600, tpm: null, concurrency: null })
  await cm(gateway, 'tenants', 'update', 'busy', '--rpm', 'none', '--concurrency', '8')
  expect(await list('tenants')).toEqual({ rpm: null, tpm: null, concurrency: 8 })
  const words = ['--tenant', 'busy', '--name', 'busy', '--rpm', '60', '--tpm', '100000']
  expect((await cm(gateway, 'keys', 'create', ...words)).exitCode).toBe(0)
  expect((await cm(gateway, 'keys', 'list', '--tenant', 'busy')).output).toContain('60 rpm, 100000 tpm')
  const wrong = await cm(gateway, 'keys', 'create', '--tenant', 'busy', '--rpm', '1.5')
  expect(wrong.exitCode).not.toBe(0)
  expect(wrong.errors).toContain('--rpm "1.5" is no limit')
})

test('a key and a tenant get a budget, which the lists show', async () => {
  const [tenant, key] = [
    ['tenants', 'create', 'thrifty', '--budget', '100/month'],
    ['keys', 'create', '--tenant', 'thrifty', '--budget', '2.50/day'],
  ]
  for (const words of [tenant, key]) expect((await cm(gateway, ...words!)).exitCode).toBe(0)
  expect((await cm(gateway, 'tenants', 'list')).output).toContain('0 of 100/month')
  expect((await cm(gateway, 'keys', 'list', '--tenant', 'thrifty')).output).toContain('0 of 2.5/day')
  const changed = await cm(gateway, 'tenants', 'update', 'thrifty', '--budget', 'none')
  expect(changed.output).toContain('budget none')
  expect((await cm(gateway, 'tenants', 'update', 'thrifty', '--budget', '10/year')).errors).toContain(
    'is no budget',
  )
})

test('a tenant gets another name', async () => {
  const id = (await cm(gateway, 'tenants', 'create', 'before')).output.trim()
  expect((await cm(gateway, 'tenants', 'rename', 'before', 'after')).output.trim()).toBe(id)
  expect((await cm(gateway, 'tenants', 'list')).output).toContain('after')
})

test('chat streams the demo’s answer with the first key and says what it cost', async () => {
  const { output, errors, exitCode } = await cm(gateway, 'chat', 'hello', 'there')
  expect(exitCode).toBe(0)
  expect(output.trim().length).toBeGreaterThan(0)
  expect(errors).toMatch(/^demo\S*: \d+ tokens in, \d+ out, \$0\.\d+\n$/)
})

test('usage and the audit show what was asked', async () => {
  await cm(gateway, 'chat', 'hello')
  const stored = async () =>
    JSON.parse((await cm(gateway, 'audit', 'list', '--outcome', 'ok', '--limit', '1', '--json')).output)
  let records = await stored()
  for (const until = performance.now() + 20_000; records.length === 0 && performance.now() < until; )
    records = await stored()
  expect(records).toHaveLength(1)
  const usage = await cm(gateway, 'usage', '--by', 'model', '--from', '1h')
  expect(usage.output).toMatch(/^MODEL +REQUESTS .*COST_USD/)
  expect(usage.output).toContain('demo')
  const shown = JSON.parse((await cm(gateway, 'audit', 'show', records[0].request_id)).output)
  expect(shown).toEqual(records[0])
  expect((await cm(gateway, 'audit', 'list')).output).toContain(records[0].request_id)
})

test('every answer can be had as JSON, also behind the command', async () => {
  for (const line of ['usage', 'models', 'tenants list', 'keys list', 'audit list', 'audit changes']) {
    const { exitCode, output } = await cm(gateway, ...line.split(' '), '--json')
    expect({ line, exitCode, isList: Array.isArray(JSON.parse(output)) }).toEqual({
      line,
      exitCode: 0,
      isList: true,
    })
  }
  const { output, errors } = await cm(gateway, '--json', 'chat', 'hello')
  expect([JSON.parse(output), errors]).toEqual([
    {
      model: expect.stringContaining('demo'),
      content: expect.any(String),
      usage: expect.objectContaining({ cost_usd: expect.any(Number) }),
    },
    '',
  ])
})

test('models lists what can be called, and everything with --all', async () => {
  const callable = await cm(gateway, 'models')
  expect(callable.output).toMatch(/^MODEL +VENDORS +CONTEXT +INPUT +OUTPUT\n/)
  expect(callable.output).toContain('demo')
  expect(callable.output).not.toContain('gpt-5.5')
  expect((await cm(gateway, 'models', '--all')).output).toContain('gpt-5.5')
})

test('a tenant is deleted by its name', async () => {
  const id = (await cm(gateway, 'tenants', 'create', 'short-lived')).output.trim()
  expect((await cm(gateway, 'tenants', 'list')).output).toContain(id)
  expect((await cm(gateway, 'tenants', 'delete', 'short-lived')).output).toBe(`deleted ${id}\n`)
  expect((await cm(gateway, 'tenants', 'list')).output).not.toContain(id)
})

test('a wrong admin key fails with the gateway’s own words', async () => {
  const { errors, exitCode, output } = await cm(
    gateway,
    'tenants',
    'list',
    '--admin-key',
    'not-the-admin-key',
  )
  expect({ exitCode, output }).toEqual({ exitCode: 1, output: '' })
  expect(errors).toMatch(/^error: .+ \(40[13], \w+, request [0-9a-f-]+\)\n$/)
})

test('a gateway that is not there is said in one line', async () => {
  const listener = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } })
  const url = `http://127.0.0.1:${listener.port}`
  listener.stop(true)
  const { errors, exitCode } = await cmWith(
    { CALLMISSED_ADMIN_KEY: 'some-admin-key', CALLMISSED_URL: url },
    'keys',
    'list',
  )
  expect({ errors, exitCode }).toEqual({
    errors: `error: No gateway answers at ${url} (start one with: bun start)\n`,
    exitCode: 1,
  })
})

test('without any admin key it says where one could be', async () => {
  const { errors, exitCode } = await cmWith({ DATA_DIR: '/nowhere' }, 'tenants', 'list')
  expect(exitCode).toBe(1)
  expect(errors).toContain('/nowhere/admin-key')
})

test('help has examples, and a mistake points to it', async () => {
  const help = await cmWith({}, '--help')
  expect(help.exitCode).toBe(0)
  expect(help.output).toContain('bun cm keys create --tenant acme --name laptop')
  for (const words of [['tenants'], ['keys'], ['keys', 'rotate'], ['usage'], ['audit', 'export'], ['chat']]) {
    const { output } = await cmWith({}, ...words, '--help')
    expect(output).toMatch(new RegExp(`\\nExamples:\\n(  bun cm ${words.join(' ')} .+\\n)+$`))
  }
  const mistake = await cmWith({}, 'keys', 'create')
  expect(mistake.exitCode).toBe(1)
  expect(mistake.errors).toContain("required option '--tenant <tenant>'")
  expect((await cmWith({}, 'kyes')).errors).toContain('Did you mean keys?')
})

test('exports the audit log as lines of JSON', async () => {
  const key = (await cm(gateway, 'keys', 'create', '--tenant', 'exporter')).output.trim()
  for (let times = 0; times < 3; times++) await cm(gateway, 'chat', 'hello', '--key', key, '--model', 'demo')
  let lines: string[] = []
  for (let times = 0; times < 40 && lines.length < 3; times++) {
    const { exitCode, output } = await cm(gateway, 'audit', 'export', '--tenant', 'exporter', '--from', '1h')
    expect(exitCode).toBe(0)
    lines = output.split('\n').filter(Boolean)
  }
  expect(lines.map(line => JSON.parse(line).outcome)).toEqual(['ok', 'ok', 'ok'])
  const refused = await cm(gateway, 'audit', 'export', '--outcome', 'fine')
  expect(refused).toMatchObject({ exitCode: 1, output: '', errors: expect.stringContaining('outcome') })
})

test('shows who changed what, and verifies that nobody changed that', async () => {
  await cm(gateway, 'tenants', 'create', 'changing')
  await cm(gateway, 'tenants', 'rename', 'changing', 'changed')
  const shown = await cm(gateway, 'audit', 'changes', '--tenant', 'changed')
  expect(shown.output).toMatch(/tenant\.update +admin +changed +name: "changing" → "changed"/)
  const verdict = JSON.parse((await cm(gateway, 'audit', 'verify', '--json')).output)
  expect(verdict).toMatchObject({ management: { faults: [] }, requests: { faults: [], gone: 0 } })
  expect(verdict.management.entries).toBeGreaterThan(1)
  expect(verdict.requests.records).toBeGreaterThan(2)
  const text = (await cm(gateway, 'audit', 'verify')).output
  expect(text).toMatch(/\d+ requests in \d+ batches are as they were stored/)
  const missing = await cm(gateway, 'audit', 'verify', '--file', 'nowhere.ndjson')
  expect(missing).toMatchObject({ exitCode: 1, errors: expect.stringContaining('cannot be read') })
})
