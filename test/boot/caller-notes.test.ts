import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { embeddings } from '../vendor/embeddings'
import { startVendor, type Vendor } from '../vendor/start'
import type { Step } from '../vendor/step'
import { type AuditRecord, adminKeyOf, makeKey, manage, recordOf, records } from './management'
import { type ServingGateway, startGateway, stopEverything, temporaryFolder } from './start-process'

setDefaultTimeout(60_000)

let vendor: Vendor
beforeAll(async () => {
  vendor = await startVendor()
  await vendor.script('embedder-2026-01', embeddings())
  await vendor.script('painter-2026-01', PICTURE)
})
afterAll(async () => {
  await stopEverything()
  await vendor.stop()
})

const CONFIG = (baseUrl: string) => `vendors:
  acme: { dialect: openai, base_url: "${baseUrl}", api_key: sk-acme }
models:
  talker: { deployments: [{ vendor: acme, model: talker-2026-01 }], price: { input: "1", output: "2" } }
  embedder:
    deployments: [{ vendor: acme, model: embedder-2026-01 }]
    endpoints: [embeddings]
    price: { input: "1" }
  painter:
    deployments: [{ vendor: acme, model: painter-2026-01 }]
    endpoints: [images.generations]
    price: { image: "0.04" }
`
const PICTURE: Step[] = [
  { status: 200, headers: { 'content-type': 'application/json' } },
  { text: JSON.stringify({ created: 1, data: [{ b64_json: 'AA==' }] }) },
]

const MESSAGES = [{ role: 'user', content: 'Hi' }]
const TEAM = { team: 'canary-team' }
/** What is asked where, and what of it is kept. */
const ASKED: [path: string, body: object, kept: Notes][] = [
  [
    'chat/completions',
    { model: 'talker', messages: MESSAGES, user: 'canary-ann', metadata: TEAM },
    { user: 'canary-ann', metadata: TEAM },
  ],
  [
    'chat/completions',
    { model: 'talker', messages: MESSAGES, stream: true, metadata: TEAM },
    { metadata: TEAM },
  ],
  ['completions', { model: 'talker', prompt: 'Hi', user: 'canary-bob' }, { user: 'canary-bob' }],
  [
    'messages',
    { model: 'talker', max_tokens: 9, messages: MESSAGES, metadata: { user_id: 'canary-cid' } },
    { user: 'canary-cid', metadata: { user_id: 'canary-cid' } },
  ],
  ['embeddings', { model: 'embedder', input: 'Hi', user: 'canary-dee' }, { user: 'canary-dee' }],
  ['images/generations', { model: 'painter', prompt: 'Hi', user: 'canary-eve' }, { user: 'canary-eve' }],
  ['chat/completions', { model: 'talker', messages: MESSAGES }, {}],
]

type Notes = { user?: string; metadata?: Record<string, string> }
const notesIn = (record: AuditRecord & Notes): Notes => ({
  ...('user' in record && { user: record.user }),
  ...('metadata' in record && { metadata: record.metadata }),
})

/** Asks for all of it, and reads what was kept in each of the ways in which records can be read. */
async function keptBy(env: Record<string, string>) {
  const dataDir = join(temporaryFolder(), 'data')
  await Bun.write(resolve(dataDir, '..', 'callmissed.yaml'), CONFIG(vendor.url))
  const gateway = await startGateway(dataDir, { env })
  const adminKey = await adminKeyOf(dataDir)
  const { key } = await makeKey(gateway, adminKey)
  const ids: string[] = []
  for (const [path, body] of ASKED) ids.push(await ask(gateway, key, path, body))
  const inOrder = (found: AuditRecord[]) =>
    ids.map(id => notesIn(found.find(({ request_id }) => request_id === id)!))
  const listed = inOrder(await records(gateway, adminKey, ids.length))
  const gotten = inOrder(await Promise.all(ids.map(id => recordOf(gateway, adminKey, id))))
  const exported = inOrder(await exportOf(gateway, adminKey))
  return { gateway, dataDir, adminKey, listed, gotten, exported }
}

async function ask({ url }: ServingGateway, key: string, path: string, body: object): Promise<string> {
  const response = await fetch(`${url}/v1/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  expect([path, response.status, await response.text()]).toEqual([path, 200, expect.any(String)])
  return response.headers.get('x-callmissed-request-id')!
}

async function exportOf({ url }: ServingGateway, adminKey: string): Promise<AuditRecord[]> {
  const response = await fetch(`${url}/api/v1/audit`, {
    headers: { authorization: `Bearer ${adminKey}`, accept: 'application/x-ndjson' },
  })
  expect(response.headers.get('content-type')).toBe('application/x-ndjson')
  const lines = (await response.text()).split('\n').slice(0, -1)
  return lines.map(line => JSON.parse(line) as AuditRecord)
}

/** Whether it stands anywhere in what the gateway keeps on this disk: its database and its spool. */
async function standsIn(dataDir: string, text: string): Promise<boolean> {
  const files = readdirSync(dataDir, { recursive: true, withFileTypes: true }).filter(file => file.isFile())
  for (const { parentPath, name } of files) {
    const bytes = await Bun.file(join(parentPath, name)).bytes()
    if (Buffer.from(bytes.buffer).includes(text)) return true
  }
  return false
}

test('with AUDIT_METADATA=1 `user` and `metadata` are kept, and read again in a record, the list and the export', async () => {
  const { gateway, dataDir, adminKey, listed, gotten, exported } = await keptBy({ AUDIT_METADATA: '1' })
  const kept = ASKED.map(([, , notes]) => notes)
  expect(gotten).toEqual(kept)
  expect(listed).toEqual(kept)
  expect(exported).toEqual(kept)
  const sums = await manage<{ data: { user: string | null; requests: number }[] }>(
    gateway,
    adminKey,
    '/usage?group_by=user',
  )
  expect(sums.data.map(({ user }) => user).sort()).toEqual(
    ['canary-ann', 'canary-bob', 'canary-cid', 'canary-dee', 'canary-eve', null].sort(),
  )
  expect(await standsIn(dataDir, 'canary-')).toBe(true)
})

test('without it nothing of them is kept: in no record, and nowhere on the disk', async () => {
  const { dataDir, listed, gotten, exported } = await keptBy({})
  const nothing = ASKED.map(() => ({}))
  expect(gotten).toEqual(nothing)
  expect(listed).toEqual(nothing)
  expect(exported).toEqual(nothing)
  expect(await standsIn(dataDir, 'canary-')).toBe(false)
})
