import { GatewayError } from '../errors'
import type { Call } from './call'
import type { GatewayDeps } from './deps'

type Deps = Pick<GatewayDeps, 'live' | 'clock' | 'limits'>

/**
 * Cuts the requests of a key or tenant whose budget was lowered below what it has spent. Works for as long as the
 * process does.
 */
export function watchBudgets({ live, clock, limits: { budgets } }: Deps): void {
  const under = (scopeId: string): Call[] =>
    [...live].filter(
      ({ caller, left, stopped }) =>
        caller && !left && !stopped && (caller.keyId === scopeId || caller.tenantId === scopeId),
    )
  budgets.onSpent = scopeId => {
    for (const call of under(scopeId))
      call.cut(
        new GatewayError('budget_exhausted', 'The budget was lowered below what is spent of it already.', {
          headers: { 'x-should-retry': 'false' },
        }),
      )
  }
  // Nothing is held of a budget that came while its requests were under way.
  budgets.onUnheld = scopeId => {
    const [call] = under(scopeId)
    if (call?.caller) budgets.look(call.caller, clock.date())
  }
}
