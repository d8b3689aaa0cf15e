import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres, { type Sql } from 'postgres'
import { ADMIN_KEY, Gateways, type Life } from '../../chaos/gateways'
import { spoolFolders } from '../../chaos/spools'
import { createDatabase, realServer } from '../../postgres'
import type { Chance } from '../../spool/chance'
import { startVendor, type Vendor } from '../../vendor/start'

/** What one round of a storm came to. */
export interface StormRound {
  answers: Record<string, number>
  kills: number
  /** Requests that were with their vendor when their process was killed. */
  crashed: number
  spentPicoUsd: bigint
  /** Nothing, if budgets hold. */
  problems: string[]
}

export interface StormOptions {
  requests: number
  /** Kills while the requests run. */
  kills: number
  chance: Chance
}

const LIMIT_USD = '0.01'
const LIMIT_PICO_USD = 10_000_000_000n
const PROCESSES = 3
const REST_MS = 30_000
/** What a process holds it says twice a second; so long without a reservation, and none is untold. */
const STILL_MS = 1_500

/** Three gateways on one database and one data folder, with a vendor that takes its time. */
export class Storm {
  private readonly root: string
  private readonly gateways: Gateways
  private readonly vendor: Vendor
  private readonly sql: Sql
  private tenantId = ''

  private constructor(root: string, gateways: Gateways, vendor: Vendor, sql: Sql) {
    this.root = root
    this.gateways = gateways
    this.vendor = vendor
    this.sql = sql
  }

  static async start(): Promise<Storm> {
    const server = await realServer()
    if (!server) throw new Error('there is no PostgreSQL')
    const databaseUrl = await createDatabase(server)
    const root = mkdtempSync(join(tmpdir(), 'callmissed-storm-'))
    const vendor = await startVendor()
    const gateways = new Gateways({
      dataDir: join(root, 'data'),
      vendorUrl: vendor.url,
      databaseUrl,
      slots: PROCESSES,
    })
    await gateways.prepare()
    for (let slot = 0; slot < PROCESSES; slot++) await gateways.start(slot)
    const storm = new Storm(root, gateways, vendor, postgres(databaseUrl, { max: 2, onnotice: () => {} }))
    storm.tenantId = (await storm.manage('POST', '/tenants', { name: 'storm' })).id
    return storm
  }

  async stop(): Promise<void> {
    await this.gateways.close()
    await this.vendor.stop()
    await this.sql.end()
    rmSync(this.root, { recursive: true, force: true })
  }

  /** A key with one cent, and far more requests at once than that pays for; processes die meanwhile. */
  async round({ requests, kills, chance }: StormOptions): Promise<StormRound> {
    const { key, id } = await this.manage('POST', '/keys', {
      tenant_id: this.tenantId,
      name: 'a cent',
      budget: { limit_usd: LIMIT_USD, period: 'total' },
    })
    const problems: string[] = []
    const answers: Record<string, number> = {}
    const sampling = this.sample(id, problems)
    const asking = Promise.all(
      Array.from({ length: requests }, async (_, index) => {
        const answer = await this.ask(this.gateways.at(index % PROCESSES), key, chance)
        answers[answer] = (answers[answer] ?? 0) + 1
      }),
    )
    for (let kill = 0; kill < kills; kill++) {
      await Bun.sleep(chance.below(400))
      await this.replace(chance.below(PROCESSES))
    }
    await asking
    const spentPicoUsd = await this.rest(id, problems)
    sampling.stop()
    await sampling.ended
    const crashed = await this.crashed(id)
    await this.spendTheRest(id, key, chance, problems)
    return { answers, kills, crashed, spentPicoUsd, problems }
  }

  /**
   * A budget is lowered at one process below what is spent, while another one streams. What the stream's caller read last,
   * how long after the change it ended, and what each process answers then.
   */
  async lower(): Promise<{ last: string; endedMs: number; answers: string[]; outcome: string }> {
    const budget = { limit_usd: '1', period: 'total' }
    const { key, id } = await this.manage('POST', '/keys', {
      tenant_id: this.tenantId,
      name: 'a dollar',
      budget,
    })
    const body = { stream: true, max_tokens: 2_000, x_tokens: 2_000, x_pace_ms: 20 }
    const [first] = await Promise.all([
      this.send(this.gateways.at(1), key, body),
      this.send(this.gateways.at(2), key, { max_tokens: 8 }).then(response => response.text()),
    ])
    while ((await this.purse(id)).spent === 0n) await Bun.sleep(20)
    const reader = first.body!.getReader()
    await reader.read()
    await this.manage('PATCH', `/keys/${id}`, { budget: { ...budget, limit_usd: '0.000001' } })
    const changedAt = performance.now()
    let text = ''
    for (let read = await reader.read(); !read.done; read = await reader.read())
      text += Buffer.from(read.value).toString()
    const endedMs = performance.now() - changedAt
    const asked = Array.from({ length: PROCESSES }, async (_, slot) => {
      const response = await this.send(this.gateways.at(slot), key, { max_tokens: 8 })
      return `${response.status} ${/"code":"(\w+)"/.exec(await response.text())?.[1]}`
    })
    const answers = await Promise.all(asked)
    await this.rest(id, [])
    const { data } = await this.manage('GET', `/audit?key_id=${id}&outcome=error`)
    const { error_code, cost_usd } = data[0] ?? {}
    return { last: text.slice(-400), endedMs, answers, outcome: `${error_code} ${cost_usd > 0}` }
  }

  private async replace(slot: number): Promise<void> {
    const life = this.gateways.at(slot)
    if (life?.isServing) await this.gateways.kill(life)
    await this.gateways.start(slot)
  }

  /** Looks at the purse as often as it can: at no moment may more be spent and held than there is. */
  private sample(scopeId: string, problems: string[]): { stop: () => void; ended: Promise<void> } {
    let isOver = false
    const look = async () => {
      while (!isOver) {
        const { held } = await this.purse(scopeId)
        if (held > LIMIT_PICO_USD) problems.push(`${held} spent and held of ${LIMIT_PICO_USD}`)
        await Bun.sleep(5)
      }
    }
    return { stop: () => (isOver = true), ended: look() }
  }

  /** Waits until nothing is reserved and dead processes are settled; then what is spent is what the ledger has. */
  private async rest(scopeId: string, problems: string[]): Promise<bigint> {
    const until = performance.now() + REST_MS
    let stillSince = performance.now()
    while (performance.now() < until && performance.now() - stillSince < STILL_MS) {
      const [{ budget }, { used }] = await Promise.all([
        this.manage('GET', `/keys/${scopeId}`),
        this.purse(scopeId),
      ])
      const hasDead = spoolFolders(this.gateways.spools).length > PROCESSES
      if (budget.reserved_usd !== '0' || used !== 0n || hasDead) stillSince = performance.now()
      await Bun.sleep(100)
    }
    const { spent, used, ledger } = await this.purse(scopeId)
    if (used !== 0n) problems.push(`${used} still reserved`)
    if (spent !== ledger) problems.push(`${spent} spent, ${ledger} in the ledger`)
    if (spent > LIMIT_PICO_USD) problems.push(`${spent} spent of ${LIMIT_PICO_USD}`)
    return spent
  }

  /** What is left can be spent, at every process in turn, to the last request that fits; a refusal says the truth. */
  private async spendTheRest(id: string, key: string, chance: Chance, problems: string[]): Promise<void> {
    for (let tries = 0; tries < 200; tries++) {
      const life = this.gateways.at(tries % PROCESSES)
      const response = await this.post(life, key, chance)
      if (response.status === 200) {
        await response.arrayBuffer()
        continue
      }
      // One that has just started knows nothing yet.
      if (response.status === 503) continue
      const { error } = (await response.json()) as { error: { code: string; message: string } }
      const { spent } = await this.booked(id)
      const [, most, left] = /may cost up to \$([\d.]+),.* \$([\d.]+) is left/.exec(error.message) ?? []
      const isTrue = most !== undefined && LIMIT_PICO_USD - spent < picoUsd(most)
      if (error.code !== 'insufficient_quota' || !isTrue)
        problems.push(`refused with ${LIMIT_PICO_USD - spent} left, ${left} said: ${error.message}`)
      return
    }
    problems.push('the rest is never spent')
  }

  /** The purse once all that was answered is booked. */
  private async booked(id: string): Promise<{ spent: bigint }> {
    await this.rest(id, [])
    return this.purse(id)
  }

  private async crashed(keyId: string): Promise<number> {
    const [row] = await this.sql`
      SELECT count(*)::int AS count FROM audit WHERE key_id = ${keyId} AND error_code = 'gateway_crashed'`
    return row?.count ?? 0
  }

  private async ask(life: Life | undefined, key: string, chance: Chance): Promise<string> {
    try {
      const isLong = chance.below(3) === 0
      const response = await (isLong ? this.sendLong(life, key, chance) : this.post(life, key, chance))
      const text = await response.text()
      return response.ok ? '200' : `${response.status} ${/"code":"(\w+)"/.exec(text)?.[1]}`
    } catch {
      return 'cut off'
    }
  }

  private post(life: Life | undefined, key: string, chance: Chance): Promise<Response> {
    return this.send(life, key, { max_tokens: 8, x_tokens: 1 + chance.below(8), x_pace_ms: chance.below(15) })
  }

  /** A stream that a kill can meet while its vendor answers. */
  private sendLong(life: Life | undefined, key: string, chance: Chance): Promise<Response> {
    const pace = { x_tokens: 1 + chance.below(40), x_pace_ms: 10 + chance.below(30) }
    return this.send(life, key, { stream: true, max_tokens: 40, ...pace })
  }

  private send(life: Life | undefined, key: string, body: object): Promise<Response> {
    const messages = [{ role: 'user', content: 'What is left of one cent?' }]
    return fetch(`${life?.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'chat-cut', messages, ...body }),
    })
  }

  /** A process that has just started may have no database yet. */
  private async fetchWell(url: string, init: RequestInit): Promise<Response> {
    for (let tries = 0; ; tries++) {
      const response = await fetch(url, init)
      if (response.status !== 503 || tries === 50) return response
      await Bun.sleep(100)
    }
  }

  private async purse(
    scopeId: string,
  ): Promise<{ spent: bigint; held: bigint; used: bigint; ledger: bigint }> {
    const [row] = await this.sql`
      SELECT spent_pico_usd AS spent, spent_pico_usd + leased_pico_usd AS held,
        (SELECT coalesce(sum(used_pico_usd), 0) FROM budget_lease b WHERE b.scope_id = p.scope_id) AS used,
        (SELECT coalesce(sum(cost_pico_usd), 0) FROM ledger l WHERE l.key_id = p.scope_id) AS ledger
      FROM budget_purse p WHERE scope_id = ${scopeId}`
    const { spent = 0, held = 0, used = 0, ledger = 0 } = row ?? {}
    return { spent: BigInt(spent), held: BigInt(held), used: BigInt(used), ledger: BigInt(ledger) }
  }

  // biome-ignore lint/suspicious/noExplicitAny: a test looks into it as the public interface says
  private async manage(method: string, path: string, body?: object): Promise<any> {
    const [life] = this.gateways.serving
    const response = await this.fetchWell(`${life?.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    return response.json()
  }
}

function picoUsd(text: string): bigint {
  const [whole = '0', fraction = ''] = text.split('.')
  return BigInt(whole) * 1_000_000_000_000n + BigInt(fraction.padEnd(12, '0'))
}
