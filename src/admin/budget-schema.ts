import { type Static, Type } from '@sinclair/typebox'
import type { Budget } from '../db/budget'
import { openPurses } from '../db/budget-open'
import { readSpending, type Spending } from '../db/budget-spent'
import type { Purse } from '../db/budget-sql'
import { formatUsd } from '../lib/money'
import { PERIODS, spanOf } from '../lib/period'
import { nullable } from './answer'
import type { AdminDeps } from './deps'
import { MoneySchema, readMoney } from './money'
import { formatTimeOrNull } from './time'

const period = Type.Union(
  PERIODS.map(name => Type.Literal(name)),
  { description: `one of ${PERIODS.join(', ')}. Calendar periods in UTC, weeks from Monday.` },
)

/** A budget as a body sets it: whole, or null for none. */
export const BudgetSchema = nullable(
  Type.Object({ limit_usd: MoneySchema, period }, { additionalProperties: false }),
  { description: 'an object of limit_usd and period, or null for no budget.' },
)

/** A budget as it is read, with what was spent of it. */
export const ShownBudgetSchema = nullable(
  Type.Object({
    limit_usd: Type.String(),
    spent_usd: Type.String({
      description: 'In this period; what was spent before the budget was set counts too.',
    }),
    reserved_usd: Type.String({ description: 'What requests in flight hold.' }),
    period,
    resets_at: nullable(Type.String({ format: 'date-time' }), {
      description: 'When the next period begins; null for a total.',
    }),
  }),
  { description: 'How much it may spend; null is as much as it likes.' },
)
export type ShownBudget = Static<typeof ShownBudgetSchema>

/** Reads a body's budget. Throws `invalid_value` naming `budget.limit_usd` for what is no sum of money. */
export function readBudget(body: Static<typeof BudgetSchema>): Budget | null {
  if (body === null) return null
  return { limitPicoUsd: readMoney(body.limit_usd, 'budget.limit_usd'), period: body.period }
}

/** A key or a tenant, as far as its budget goes. */
export interface Scope {
  tenantId: string
  scopeId: string
  budget: Budget | null
}

/** The budgets of some keys or tenants with what was spent of them, in their order. */
export async function shownBudgets(scopes: readonly Scope[], deps: AdminDeps): Promise<ShownBudget[]> {
  const date = deps.clock.date()
  const counted = scopes.flatMap(({ budget, ...scope }) => (budget ? [{ budget, ...scope }] : []))
  const found = await readSpending(
    deps.database,
    counted.map(scope => purseOf(scope, scope.budget, date)),
  )
  const spendings = new Map(counted.map(({ scopeId }, index) => [scopeId, found[index]]))
  return scopes.map(({ scopeId, budget }) => budget && shown(budget, spendings.get(scopeId), date))
}

/** Counts what was spent in this period before the budget was set. */
export async function openBudget(scope: Scope, { database, clock }: AdminDeps): Promise<void> {
  if (scope.budget) await openPurses(database, [purseOf(scope, scope.budget, clock.date())])
}

function purseOf({ tenantId, scopeId }: Omit<Scope, 'budget'>, { period }: Budget, date: number): Purse {
  return { tenantId, scopeId, period, ...spanOf(period, date) }
}

function shown({ limitPicoUsd, period }: Budget, spending: Spending | undefined, date: number): ShownBudget {
  return {
    limit_usd: formatUsd(limitPicoUsd),
    spent_usd: formatUsd(spending?.spentPicoUsd ?? 0n),
    reserved_usd: formatUsd(spending?.reservedPicoUsd ?? 0n),
    period,
    resets_at: formatTimeOrNull(spanOf(period, date).endsAt),
  }
}
