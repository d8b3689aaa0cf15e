import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GoogleTokens, googleSource } from '../../src/boot/google-tokens'
import { silentLog } from '../../src/lib/log'
import { DEFAULT_TIMEOUTS, type Vendor } from '../../src/vendors/vendor'

function account(more: Partial<Vendor> = {}): Vendor {
  return {
    name: 'vertex',
    dialect: 'vertex',
    conforms: false,
    baseUrl: 'https://x.example/v1',
    credential: '',
    headers: {},
    onDisconnect: 'drain',
    timeouts: DEFAULT_TIMEOUTS,
    google: { project: 'p', location: 'l', credentialsFile: 'a.json' },
    ...more,
  }
}

async function until(isSo: () => boolean): Promise<void> {
  const late = performance.now() + 10_000
  while (!isSo()) {
    if (performance.now() > late) throw new Error('it did not come so far')
    await Bun.sleep(5)
  }
}

test('an account’s credential is its token, asked for with its own file', async () => {
  const asked: (string | undefined)[] = []
  const tokens = new GoogleTokens({
    log: silentLog,
    source: async file => {
      asked.push(file)
      return async () => `token of ${file}`
    },
  })
  const vendor = account()
  const others = [account({ credential: 'a token of its own' }), account({ dialect: 'gemini' })]
  tokens.start([vendor, ...others])
  await until(() => vendor.credential !== '')
  tokens.stop()
  expect(vendor.credential).toBe('token of a.json')
  expect(asked).toEqual(['a.json'])
  expect(others.map(({ credential }) => credential)).toEqual(['a token of its own', ''])
})

test('a token that is not to be had is told, without what was said', async () => {
  const warnings: unknown[] = []
  const log = { ...silentLog, warn: (...said: unknown[]) => void warnings.push(said) }
  const tokens = new GoogleTokens({ log, source: async () => () => Promise.reject(new Error('secret')) })
  const vendor = account()
  tokens.start([vendor])
  await until(() => warnings.length > 0)
  tokens.stop()
  expect(JSON.stringify(warnings)).not.toContain('secret')
  expect(vendor.credential).toBe('')
})

test('Google’s library asks with what the file says, and keeps the token', async () => {
  const asked: (string | null)[] = []
  const server = Bun.serve({
    port: 0,
    fetch: async request => {
      asked.push(new URLSearchParams(await request.text()).get('subject_token'))
      return Response.json({
        access_token: 'ya29.fresh',
        expires_in: 3600,
        token_type: 'Bearer',
        issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      })
    },
  })
  const folder = mkdtempSync(join(tmpdir(), 'callmissed-google-'))
  try {
    // A service account's own key is always shown to Google's address: this kind of file names another one.
    writeFileSync(join(folder, 'subject'), 'who we are')
    const file = join(folder, 'federated.json')
    writeFileSync(
      file,
      JSON.stringify({
        type: 'external_account',
        audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q',
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        token_url: `http://127.0.0.1:${server.port}/token`,
        credential_source: { file: join(folder, 'subject') },
      }),
    )
    const source = await googleSource(file)
    expect([await source(), await source()]).toEqual(['ya29.fresh', 'ya29.fresh'])
    expect(asked).toEqual(['who we are'])
  } finally {
    rmSync(folder, { recursive: true, force: true })
    await server.stop(true)
  }
})
