import { afterAll, beforeAll, expect, test } from 'bun:test'
import fc from 'fast-check'
import { debitLost, returnLeases } from '../../src/db/budget-return'
import { readSpending } from '../../src/db/budget-spent'
import { type Dealt, type Turn, takeTurns } from '../../src/db/budget-turn'
import { changeKey } from '../../src/db/change-key'
import { insertKey } from '../../src/db/keys'
import { storeRecords } from '../../src/db/store-records'
import { insertTenant } from '../../src/db/tenants'
import { newId } from '../../src/lib/id'
import { encodeRecord } from '../../src/usage/journal'
import { Authority, purseAt } from '../limits/budget/authority'
import { describeDatabases, type FreshDatabase, freshDatabase } from '../postgres'
import { auditRow, keyRow } from './rows'

const NOW = Date.UTC(2026, 10, 24, 10)
const RUNS = Number(process.env.BUDGET_RUNS ?? 12)
const HOLDERS = 3

type Step =
  | { do: 'turn'; holder: number; give: bigint; least: bigint; need: bigint; want: bigint; used: bigint }
  | { do: 'again'; holder: number }
  | { do: 'close'; holder: number }
  | { do: 'book'; holder: number; cost: bigint; isKnown: boolean }
  | { do: 'limit'; limit: bigint | null }
  | { do: 'return'; holder: number }
  | { do: 'debit'; holder: number }

const holder = fc.nat(HOLDERS - 1)
const sum = fc.bigInt(0n, 400n)
const say = <Name extends string>(name: Name) => fc.constant(name)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: say('turn'), holder, give: sum, least: sum, need: sum, want: sum, used: sum }),
  },
  { weight: 2, arbitrary: fc.record({ do: say('again'), holder }) },
  { weight: 1, arbitrary: fc.record({ do: say('close'), holder }) },
  { weight: 4, arbitrary: fc.record({ do: say('book'), holder, cost: sum, isKnown: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: say('limit'), limit: fc.option(fc.bigInt(0n, 2_000n)) }) },
  { weight: 1, arbitrary: fc.record({ do: say('return'), holder }) },
  { weight: 1, arbitrary: fc.record({ do: say('debit'), holder }) },
)

describeDatabases('the statements and the plain reference', kind => {
  let fresh: FreshDatabase
  beforeAll(async () => {
    fresh = await freshDatabase(kind)
  }, 60_000)
  afterAll(() => fresh.close())

  test('deal, book, return and debit the same, whatever comes in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async steps => {
        const world = await Both.make(fresh)
        for (const one of steps) await world.take(one)
      }),
      { numRuns: kind === 'embedded' ? Math.ceil(RUNS / 3) : RUNS },
    )
  }, 600_000)
})

/** The database and the reference, told the same. */
class Both {
  private readonly authority = new Authority()
  private readonly tenantId = newId()
  private readonly keyId = newId()
  private readonly holders = Array.from({ length: HOLDERS }, () => ({
    name: newId(),
    leaseId: newId(),
    last: undefined as Turn | undefined,
  }))
  private readonly fresh: FreshDatabase

  private constructor(fresh: FreshDatabase) {
    this.fresh = fresh
  }

  static async make(fresh: FreshDatabase): Promise<Both> {
    const both = new Both(fresh)
    const { tenantId, keyId } = both
    const budget = { limitPicoUsd: 1_000n, period: 'total' } as const
    await insertTenant(fresh.db, { id: tenantId, name: 'acme', createdAt: NOW })
    await insertKey(fresh.db, keyRow(tenantId, { id: keyId, budget }))
    both.authority.budgets.set(keyId, budget)
    return both
  }

  async take(step: Step): Promise<void> {
    if (step.do === 'limit') await this.setLimit(step.limit)
    else if (step.do === 'turn') await this.turn(step)
    else if (step.do === 'again') await this.again(step.holder)
    else if (step.do === 'close') await this.close(step.holder)
    else if (step.do === 'book') await this.book(step)
    else if (step.do === 'return') await this.giveBack(step.holder)
    else await this.debit(step.holder)
    await this.compare()
  }

  private purse() {
    return purseAt(this.tenantId, this.keyId, 'total', NOW)
  }

  private async turn({ holder: at, give, least, need, want, used }: Extract<Step, { do: 'turn' }>) {
    const one = this.holders[at]!
    const amount = this.authority.slices.get(one.leaseId)?.amount ?? 0n
    await this.send(at, {
      purse: this.purse(),
      leaseId: one.leaseId,
      turn: (one.last?.turn ?? 0) + 1,
      givePicoUsd: give < amount ? give : amount,
      leastPicoUsd: least < need ? least : need,
      needPicoUsd: need,
      wantPicoUsd: need + want,
      usedPicoUsd: used,
      closes: false,
    })
  }

  private async again(at: number): Promise<void> {
    const { last } = this.holders[at]!
    if (last) await this.send(at, last)
  }

  private async close(at: number): Promise<void> {
    const { last } = this.holders[at]!
    if (!last) return
    const nothing = { givePicoUsd: 0n, leastPicoUsd: 0n, needPicoUsd: 0n, wantPicoUsd: 0n, usedPicoUsd: 0n }
    await this.send(at, { ...last, ...nothing, turn: last.turn + 1, closes: true })
  }

  private async send(at: number, turn: Turn): Promise<void> {
    const one = this.holders[at]!
    const plain = ({ pending: _, ...dealt }: Dealt) => dealt
    const [found] = await takeTurns(this.fresh.db, one.name, [turn])
    const [expected] = this.authority.takeTurns(one.name, [turn])
    expect(plain(found!)).toEqual(plain(expected!))
    one.last = turn
    if (turn.closes || expected?.outcome === 'lost') Object.assign(one, { leaseId: newId(), last: undefined })
  }

  private async book({ holder: at, cost, isKnown }: Extract<Step, { do: 'book' }>): Promise<void> {
    const leases = isKnown ? { key: this.holders[at]!.leaseId } : undefined
    const { tenantId, keyId } = this
    const line = { requestId: newId(), tenantId, keyId, createdAt: NOW, costPicoUsd: cost, leases }
    const record = encodeRecord(auditRow(line as object))
    await storeRecords(this.fresh.db, record)
    await storeRecords(this.fresh.db, record)
    this.authority.book([line, line])
  }

  private async giveBack(at: number): Promise<void> {
    const one = this.holders[at]!
    await returnLeases(this.fresh.db, one.name)
    this.authority.returnLeases(one.name)
    Object.assign(one, { name: newId(), leaseId: newId(), last: undefined })
  }

  private async debit(at: number): Promise<void> {
    const { name } = this.holders[at]!
    await this.fresh.db.sql`
      UPDATE budget_lease SET expires_at = now() - interval '1 day' WHERE holder = ${name}`
    await debitLost(this.fresh.db, 3_600_000)
    this.authority.debit(name)
  }

  private async setLimit(limit: bigint | null): Promise<void> {
    const budget = limit === null ? null : ({ limitPicoUsd: limit, period: 'total' } as const)
    const who = { id: this.keyId, tenantId: undefined, changerId: undefined }
    await changeKey(this.fresh.db, who, () => ({ budget }))
    if (budget) this.authority.budgets.set(this.keyId, budget)
    else this.authority.budgets.delete(this.keyId)
  }

  private async compare(): Promise<void> {
    const [row] = await this.fresh.db.sql`
      SELECT spent_pico_usd AS spent, leased_pico_usd AS leased FROM budget_purse WHERE scope_id = ${this.keyId}`
    if (!row) return
    const purse = this.purse()
    expect([row.spent, row.leased]).toEqual([
      String(this.authority.spent(purse)),
      String(this.authority.leased(purse)),
    ])
    const [spending] = await readSpending(this.fresh.db, [purse])
    expect(spending?.reservedPicoUsd).toBe(this.authority.reserved(purse))
  }
}
