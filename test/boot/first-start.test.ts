import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { paste, refusalWithin } from './chat'
import { adminKeyOf, manage, records } from './management'
import { type ServingGateway, startGateway, stopEverything, temporaryFolder } from './start-process'

setDefaultTimeout(120_000)
afterAll(stopEverything)

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)
const curlLineOf = (gateway: ServingGateway) => /^ {2}(curl -N .+)$/m.exec(gateway.stdout())?.[1] ?? ''

/** One data folder through its first starts, in order. */
describe('a data folder', () => {
  let dataDir: string
  let first: ServingGateway
  beforeAll(() => {
    dataDir = join(temporaryFolder(), 'data')
  })

  test('at the first start prints the address, the docs, a key, the admin key and a curl line', async () => {
    first = await startGateway(dataDir)
    expect(first.stdout()).toMatch(/^CallMissed on Bun [\d.]+: starting …\n/)
    expect(first.stdout()).toContain(`serves at ${first.url}\n`)
    expect(first.stdout()).toContain(`  API    ${first.url}/v1\n`)
    expect(first.stdout()).toContain(`  Docs   ${first.url}/docs\n`)
    expect(first.key).toMatch(/^cm_live_[0-9A-Za-z]{36}$/)
    expect(first.adminKey).toMatch(/^cm_adm_[0-9A-Za-z]{36}$/)
    expect(first.stderr()).toBe('')
  })

  test('keeps its secrets where their owner alone can read them', async () => {
    expect(modeOf(dataDir)).toBe('700')
    for (const name of ['first-key', 'admin-key']) expect(modeOf(join(dataDir, name))).toBe('600')
    expect(await Bun.file(join(dataDir, 'first-key')).text()).toBe(`${first.key}\n`)
    expect(await Bun.file(join(dataDir, 'admin-key')).text()).toBe(`${first.adminKey}\n`)
  })

  test('has a curl line that streams an answer when it is pasted, and its record is kept', async () => {
    const { exitCode, stdout } = await paste(curlLineOf(first))
    expect(exitCode).toBe(0)
    expect(stdout).toStartWith('data: {')
    expect(stdout.match(/"delta":\{"content":/g)?.length).toBeGreaterThan(5)
    expect(stdout).toEndWith('data: [DONE]\n\n')
    const kept = await records(first, first.adminKey ?? '', 1)
    expect(kept).toHaveLength(1)
    expect(kept[0]).toMatchObject({ vendor: 'demo', outcome: 'ok', status: 200, stream: true })
    expect(Number(kept[0]?.cost_usd)).toBeGreaterThan(0)
  })

  test('ends with 0 on SIGTERM', async () => {
    first.signal('SIGTERM')
    expect(await first.ended()).toBe(0)
  })

  test('at the second start has the same key and records, a working curl line, and no admin key', async () => {
    const second = await startGateway(dataDir)
    expect(second.key).toBe(first.key)
    expect(second.stdout()).not.toContain('cm_adm_')
    expect(second.stdout()).toContain(`  Admin  in ${join(dataDir, 'admin-key')}\n`)
    const { stdout } = await paste(curlLineOf(second))
    expect(stdout).toEndWith('data: [DONE]\n\n')
    const adminKey = await adminKeyOf(dataDir)
    expect(adminKey).toBe(first.adminKey ?? '')
    expect(await records(second, adminKey, 2)).toHaveLength(2)

    const keys = await manage<{ data: { id: string }[] }>(second, adminKey, '/keys')
    expect(keys.data).toHaveLength(1)
    await manage(second, adminKey, `/keys/${keys.data[0]?.id}`, { method: 'DELETE' })
    expect(await refusalWithin(second, 5_000)).toBe('key_revoked')
    second.signal('SIGTERM')
    expect(await second.ended()).toBe(0)
  })

  test('prints no key once it was revoked, but how to make one', async () => {
    const third = await startGateway(dataDir)
    expect(third.stdout()).not.toContain('cm_live_')
    expect(third.stdout()).not.toContain('curl')
    expect(third.stdout()).toContain(`Make a key: bun cm keys create --tenant acme --url ${third.url}\n`)
  })
})
