import postgres from 'postgres'
import { ADMIN_KEY } from './gateways'

/** A record as the management API gives it, as far as it is compared. */
export interface Row {
  request_id: string
  model_requested: string | null
  status: number
  outcome: 'ok' | 'cancelled' | 'error' | 'rejected'
  error_code: string | null
  stream: boolean
  shape: { max_tokens: number | null; request_bytes: number }
  usage: Figures | null
  usage_source: string | null
  cost_usd: string
  attempts: {
    status: number | null
    vendor_request_id: string | null
    /** Of one before the last that may be billed. */
    cost_usd?: string
    usage_source?: string
  }[]
}

export interface Figures {
  input_tokens: number
  cached_input_tokens: number
  output_tokens: number
  reasoning_tokens: number
}

/** Sums of `GET /api/v1/usage`, or of the ledger itself. */
export interface Sums {
  requests: number
  inputTokens: bigint
  outputTokens: bigint
  costPicoUsd: bigint
}

/** Every record since a moment, in pages. */
export async function readRows(url: string, from: string): Promise<Row[]> {
  const rows: Row[] = []
  let cursor: string | null = null
  do {
    const query = new URLSearchParams({ from, limit: '1000', ...(cursor !== null && { cursor }) })
    const page: { data: Row[]; next_cursor: string | null } = await ask(url, `/audit?${query}`)
    rows.push(...page.data)
    cursor = page.next_cursor
  } while (cursor !== null)
  return rows
}

export async function readSums(url: string, from: string): Promise<Sums> {
  const { data } = await ask<{
    data: { requests: number; input_tokens: number; output_tokens: number; cost_usd: string }[]
  }>(url, `/usage?${new URLSearchParams({ from })}`)
  const [sum] = data
  return {
    requests: sum?.requests ?? 0,
    inputTokens: BigInt(sum?.input_tokens ?? 0),
    outputTokens: BigInt(sum?.output_tokens ?? 0),
    costPicoUsd: picoUsd(sum?.cost_usd ?? '0'),
  }
}

/** The same by SQL, and what should not be there: lines without a record, records laid aside. */
export async function readLedger(databaseUrl: string, from: string): Promise<Sums & { strays: number }> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} })
  try {
    const [sum] = await sql`
      SELECT (SELECT count(*) FROM audit WHERE created_at >= ${from}) AS requests,
        coalesce(sum(coalesce(input, 0) + coalesce(cached_input, 0) + coalesce(cache_write, 0)), 0)::text AS input,
        coalesce(sum(coalesce(output, 0) + coalesce(reasoning, 0)), 0)::text AS output,
        coalesce(sum(cost_pico_usd), 0)::text AS cost,
        count(*) FILTER (WHERE NOT EXISTS
          (SELECT FROM audit WHERE audit.tenant_id = ledger.tenant_id AND audit.request_id = ledger.request_id)) AS strays,
        (SELECT count(*) FROM dead_letter) AS buried
      FROM ledger WHERE created_at >= ${from}`
    return {
      requests: Number(sum?.requests),
      inputTokens: BigInt(sum?.input),
      outputTokens: BigInt(sum?.output),
      costPicoUsd: BigInt(sum?.cost),
      strays: Number(sum?.strays) + Number(sum?.buried),
    }
  } finally {
    await sql.end()
  }
}

export function sumOf(rows: readonly Row[]): Sums {
  const sums = { requests: rows.length, inputTokens: 0n, outputTokens: 0n, costPicoUsd: 0n }
  for (const { usage, cost_usd: cost } of rows) {
    sums.inputTokens += BigInt(usage?.input_tokens ?? 0)
    sums.outputTokens += BigInt(usage?.output_tokens ?? 0)
    sums.costPicoUsd += picoUsd(cost)
  }
  return sums
}

export function sameSums(one: Sums, other: Sums): boolean {
  return (['requests', 'inputTokens', 'outputTokens', 'costPicoUsd'] as const).every(
    name => one[name] === other[name],
  )
}

/** Makes a tenant and a key that may call. */
export async function makeKey(url: string): Promise<string> {
  const post = (path: string, body: object) =>
    ask<Record<string, string>>(url, path, { method: 'POST', body: JSON.stringify(body) })
  const { id } = await post('/tenants', { name: 'chaos' })
  const { key } = await post('/keys', { tenant_id: id, name: 'caller' })
  return key!
}

/** Dollars as they are written, in pico-dollars. */
export function picoUsd(text: string): bigint {
  const [whole = '0', fraction = ''] = text.split('.')
  return BigInt(`${whole}${fraction.padEnd(12, '0')}`)
}

async function ask<T>(url: string, path: string, init: RequestInit = {}): Promise<T> {
  const headers = { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' }
  const response = await fetch(`${url}/api/v1${path}`, { ...init, headers })
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`)
  return (await response.json()) as T
}
