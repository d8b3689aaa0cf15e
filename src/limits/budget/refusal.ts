import { GatewayError } from '../../errors'
import { formatUsd } from '../../lib/money'
import type { Lease } from './lease'

/** The refusal of a request that may cost more than is left. It says what is left, and when there is more. */
export function budgetSpent(lease: Lease, mostPicoUsd: bigint, leastPicoUsd: bigint): GatewayError {
  const { purse, limitPicoUsd, freePicoUsd, roomPicoUsd } = lease
  const whose = purse.scopeId === purse.tenantId ? "this key's tenant" : 'this API key'
  const each = purse.period === 'total' ? '' : ` a ${purse.period}`
  const budget = `$${formatUsd(limitPicoUsd ?? 0n)}${each}`
  const left = freePicoUsd + (roomPicoUsd > 0n ? roomPicoUsd : 0n)
  const needs =
    leastPicoUsd < mostPicoUsd ? `at least $${formatUsd(leastPicoUsd)}` : `up to $${formatUsd(mostPicoUsd)}`
  const again = purse.endsAt === null ? '' : ` It begins anew at ${new Date(purse.endsAt).toISOString()}.`
  return new GatewayError(
    'insufficient_quota',
    `You exceeded your current quota: this request may cost ${needs}, and of the budget of ${whose} (${budget}) $${formatUsd(left)} is left.${again}`,
    { headers: { 'x-should-retry': 'false' } },
  )
}

/** Nobody can say now what is left of a budget. */
export function budgetUnavailable(cause?: unknown): GatewayError {
  return new GatewayError(
    'budget_unavailable',
    'The budget of this API key cannot be checked at the moment, so no request is begun.',
    { headers: { 'retry-after': '1' }, cause },
  )
}
