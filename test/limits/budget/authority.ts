import type { Budget } from '../../../src/db/budget'
import type { Purse } from '../../../src/db/budget-sql'
import type { Dealt, Turn } from '../../../src/db/budget-turn'
import type { BudgetLeases } from '../../../src/db/ledger-row'
import { spanOf } from '../../../src/lib/period'

interface Slice {
  purse: string
  scopeId: string
  holder: string
  amount: bigint
  used: bigint
  turn: number
  granted: bigint
  /** The order of the last turn among all of the authority. */
  toldAt: number
  debited: bigint | undefined
}

export interface BookedLine {
  requestId: string
  keyId: string
  tenantId: string
  createdAt: number
  costPicoUsd: bigint
  leases?: BudgetLeases | undefined
}

const max = (one: bigint, other: bigint) => (one > other ? one : other)
const min = (one: bigint, other: bigint) => (one < other ? one : other)
const nameOf = ({ scopeId, period, startsAt }: Purse) => `${scopeId} ${period} ${startsAt}`

/** What the database does with budgets, as plainly as it can be said: one thing after another, in memory. */
export class Authority {
  readonly budgets = new Map<string, Budget>()
  readonly slices = new Map<string, Slice>()
  /** By request, or by lease where one was debited. */
  readonly ledger = new Map<string, BookedLine>()
  /** Hears of a scope of which somebody lacks what others hold. */
  onRecall: (scopeId: string) => void = () => {}
  private readonly debits: { scopeId: string; purse: string; cost: bigint }[] = []
  private readonly recalledAt = new Map<string, number>()
  private order = 0

  /** The sum of the ledger's lines that a purse counts. */
  spent(purse: Purse): bigint {
    const { scopeId, startsAt, endsAt } = purse
    let sum = 0n
    for (const { keyId, tenantId, createdAt, costPicoUsd } of this.ledger.values())
      if (
        (keyId === scopeId || tenantId === scopeId) &&
        createdAt >= startsAt &&
        createdAt < (endsAt ?? Infinity)
      )
        sum += costPicoUsd
    for (const debit of this.debits) if (debit.purse === nameOf(purse)) sum += debit.cost
    return sum
  }

  leased(purse: Purse): bigint {
    let sum = 0n
    for (const slice of this.slices.values()) if (slice.purse === nameOf(purse)) sum += slice.amount
    return sum
  }

  reserved(purse: Purse): bigint {
    let sum = 0n
    for (const slice of this.slices.values())
      if (slice.purse === nameOf(purse)) sum += min(slice.used, slice.amount)
    return sum
  }

  takeTurns(holder: string, turns: readonly Turn[]): Dealt[] {
    return turns.map(turn => this.takeTurn(holder, turn))
  }

  /** Stores lines, each once. */
  book(lines: readonly BookedLine[]): void {
    for (const line of lines) {
      if (this.ledger.has(line.requestId)) continue
      this.ledger.set(line.requestId, line)
      for (const id of [line.leases?.key, line.leases?.tenant]) {
        const slice = id === undefined ? undefined : this.slices.get(id)
        if (!slice) continue
        slice.amount -= min(slice.amount, line.costPicoUsd)
        slice.used = max(slice.used - line.costPicoUsd, 0n)
      }
    }
  }

  returnLeases(holder: string, keeps: readonly string[] = []): void {
    for (const [id, slice] of this.slices) {
      if (slice.holder !== holder || keeps.includes(id)) continue
      if (slice.debited)
        this.debits.push({ scopeId: slice.scopeId, purse: slice.purse, cost: -slice.debited })
      this.slices.delete(id)
    }
  }

  /** The holder was silent for too long. */
  debit(holder: string): void {
    for (const slice of this.slices.values()) {
      if (slice.holder !== holder || slice.debited !== undefined) continue
      slice.debited = slice.amount
      this.debits.push({ scopeId: slice.scopeId, purse: slice.purse, cost: slice.amount })
      slice.amount = 0n
      slice.used = 0n
    }
  }

  private takeTurn(holder: string, sent: Turn): Dealt {
    const { purse, leaseId } = sent
    const name = nameOf(purse)
    const own = this.slices.get(leaseId)
    const budget = this.budgets.get(purse.scopeId)
    const limit = budget?.period === purse.period ? budget.limitPicoUsd : null
    const free = () => max((limit ?? 0n) - this.spent(purse) - this.leased(purse), 0n)
    const others = [...this.slices].filter(
      ([id, slice]) => id !== leaseId && slice.purse === name && slice.debited === undefined,
    )
    const told = (outcome: Dealt['outcome'], granted: bigint, pending: number): Dealt => ({
      leaseId,
      outcome,
      grantedPicoUsd: granted,
      limitPicoUsd: limit,
      spentPicoUsd: this.spent(purse),
      freePicoUsd: free(),
      isOverdrawn: limit !== null && limit < this.spent(purse) + this.leased(purse),
      holding: others.filter(([, { amount }]) => amount > 0n).length,
      pending,
    })
    const recalledAt = this.recalledAt.get(name) ?? -1
    const owing = others.filter(
      ([, { amount, used, toldAt }]) => amount > 0n && (toldAt < recalledAt || amount > used),
    ).length
    if (own?.debited !== undefined || (!own && sent.turn > 1)) return told('lost', 0n, owing)
    if (own && own.turn === sent.turn) return told('done', own.granted, owing)
    if ((own?.turn ?? 0) !== sent.turn - 1 || (own?.amount ?? 0n) < sent.givePicoUsd)
      return told('lost', 0n, owing)
    if (sent.closes) {
      this.slices.delete(leaseId)
      return told('done', 0n, owing)
    }
    const available = max((limit ?? 0n) - this.spent(purse) - this.leased(purse) + sent.givePicoUsd, 0n)
    const share = available / BigInt(4 * (others.length + 1))
    const isUseless = available === 0n || available < sent.leastPicoUsd
    const granted = isUseless ? 0n : min(available, max(sent.needPicoUsd, min(sent.wantPicoUsd, share)))
    this.slices.set(leaseId, {
      purse: name,
      scopeId: purse.scopeId,
      holder,
      amount: (own?.amount ?? 0n) + granted - sent.givePicoUsd,
      used: sent.usedPicoUsd,
      turn: sent.turn,
      granted,
      toldAt: ++this.order,
      debited: undefined,
    })
    const recalls = granted < sent.needPicoUsd && limit !== null && others.length > 0 && this.mayRecall(name)
    if (recalls) this.onRecall(purse.scopeId)
    return told('done', granted, recalls ? others.length : owing)
  }

  private mayRecall(name: string): boolean {
    this.recalledAt.set(name, ++this.order)
    return true
  }
}

/** The purse of a scope at a moment. */
export function purseAt(tenantId: string, scopeId: string, period: Budget['period'], date: number): Purse {
  return { tenantId, scopeId, period, ...spanOf(period, date) }
}
