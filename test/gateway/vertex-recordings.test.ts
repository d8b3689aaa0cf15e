import { afterAll, beforeAll, expect } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GoogleTokens, googleSource } from '../../src/boot/google-tokens'
import { silentLog } from '../../src/lib/log'
import { type Vendor as Account, DEFAULT_TIMEOUTS } from '../../src/vendors/vendor'
import { saidInMessages } from '../recordings/anthropic'
import { saidInContents } from '../recordings/gemini'
import { playThroughGateway } from '../recordings/play'
import { startVendor, type Vendor } from '../vendor/start'

const TOKEN = 'ya29.a-token-for-an-hour'

const account: Account = {
  name: 'vertex',
  dialect: 'vertex',
  conforms: false,
  baseUrl: 'https://us-east5-aiplatform.googleapis.com/v1',
  credential: '',
  headers: {},
  onDisconnect: 'drain',
  timeouts: DEFAULT_TIMEOUTS,
}
const folder = mkdtempSync(join(tmpdir(), 'callmissed-vertex-'))
const tokens = new GoogleTokens({ log: silentLog, source: googleSource })
let issuer: Vendor

/** A file of credentials that names another address for tokens than Google's. */
function writeCredentials(tokenUrl: string): string {
  const subject = join(folder, 'subject')
  writeFileSync(subject, 'who we are')
  const file = join(folder, 'federated.json')
  const credentials = {
    type: 'external_account',
    audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: tokenUrl,
    credential_source: { file: subject },
  }
  writeFileSync(file, JSON.stringify(credentials))
  return file
}

beforeAll(async () => {
  issuer = await startVendor()
  const token = { access_token: TOKEN, expires_in: 3600, token_type: 'Bearer' }
  const issued = { ...token, issued_token_type: 'urn:ietf:params:oauth:token-type:access_token' }
  await issuer.script('/v1/token', [
    { status: 200, headers: { 'content-type': 'application/json' } },
    { text: JSON.stringify(issued) },
  ])
  account.google = {
    project: 'p',
    location: 'us-east5',
    credentialsFile: writeCredentials(`${issuer.url}/token`),
  }
  tokens.start([account])
  const late = performance.now() + 30_000
  while (account.credential === '') {
    if (performance.now() > late) throw new Error('no token came')
    await Bun.sleep(5)
  }
})
afterAll(async () => {
  tokens.stop()
  await issuer.stop()
  rmSync(folder, { recursive: true, force: true })
})

playThroughGateway('calls at Vertex', {
  sets: ['calls at Vertex'],
  stageOf: path => ({
    vendor: 'vertex',
    saidIn: path.includes('claude') ? saidInMessages : saidInContents,
    account: { credential: account.credential, google: account.google! },
    expectCall({ headers }) {
      expect(headers).toContainEqual(['authorization', `Bearer ${TOKEN}`])
    },
  }),
})
