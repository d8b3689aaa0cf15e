import { join } from 'node:path'
import type { ServingGateway } from './start-process'

/** A record as `GET /api/v1/audit` gives it. */
export interface AuditRecord {
  request_id: string
  vendor: string | null
  stream: boolean
  status: number
  outcome: string
  error_code: string | null
  finish_reason: string | null
  cost_usd: string
  shape: { max_tokens: number | null }
  usage: { output_tokens: number } | null
  attempts: { vendor_request_id: string | null }[]
}

/** Longer than the contract's 2 s, which a busy machine breaks: `test/sdk/demo.test.ts` looks for those. */
const PATIENCE_MS = 10_000

/** The key that manages the gateway of a data folder. */
export async function adminKeyOf(dataDir: string): Promise<string> {
  return (await Bun.file(join(dataDir, 'admin-key')).text()).trim()
}

/** Asks the management API; rejects with what it said where it refused. */
export async function manage<T>(
  { url }: ServingGateway,
  adminKey: string,
  path: string,
  init: { method?: string; body?: unknown } = {},
): Promise<T> {
  const response = await fetch(`${url}/api/v1${path}`, {
    method: init.method ?? 'GET',
    headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
    ...(init.body === undefined ? {} : { body: JSON.stringify(init.body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`)
  return (text === '' ? undefined : JSON.parse(text)) as T
}

/** Every record, newest first, as soon as there are so many; rejects after 2 s. */
export async function records(
  gateway: ServingGateway,
  adminKey: string,
  atLeast: number,
  timeoutMs = PATIENCE_MS,
): Promise<AuditRecord[]> {
  let found: AuditRecord[] = []
  const hasAll = await within(timeoutMs, async () => {
    found = await readAll(gateway, adminKey)
    return found.length >= atLeast
  })
  if (!hasAll) throw new Error(`${found.length} records after ${timeoutMs} ms, not ${atLeast}`)
  return found
}

/** The record of one request, as soon as it is there; rejects after 2 s. */
export async function recordOf(
  gateway: ServingGateway,
  adminKey: string,
  requestId: string,
): Promise<AuditRecord> {
  let found: AuditRecord | undefined
  await within(PATIENCE_MS, async () => {
    found = await manage<AuditRecord>(gateway, adminKey, `/audit/${requestId}`)
    return true
  })
  if (!found) throw new Error(`no record of ${requestId} after ${PATIENCE_MS} ms`)
  return found
}

/** Looks again and again until it is so, or the time is over; a look that fails is one at which it was not so. */
async function within(timeoutMs: number, isSo: () => Promise<boolean>): Promise<boolean> {
  const until = performance.now() + timeoutMs
  while (true) {
    const isLast = performance.now() > until
    if (await isSo().catch(() => false)) return true
    if (isLast) return false
    await Bun.sleep(50)
  }
}

async function readAll(gateway: ServingGateway, adminKey: string): Promise<AuditRecord[]> {
  const found: AuditRecord[] = []
  let cursor: string | null = null
  do {
    const query = new URLSearchParams({ limit: '1000', ...(cursor === null ? {} : { cursor }) })
    const page: { data: AuditRecord[]; next_cursor: string | null } = await manage(
      gateway,
      adminKey,
      `/audit?${query}`,
    )
    found.push(...page.data)
    cursor = page.next_cursor
  } while (cursor !== null)
  return found
}

/** Makes a key for a tenant of its own. */
export async function makeKey(
  gateway: ServingGateway,
  adminKey: string,
): Promise<{ id: string; tenant_id: string; key: string }> {
  const post = { method: 'POST' }
  const tenant = await manage<{ id: string }>(gateway, adminKey, '/tenants', {
    ...post,
    body: { name: 'acme' },
  })
  return manage(gateway, adminKey, '/keys', { ...post, body: { tenant_id: tenant.id, name: 'laptop' } })
}
