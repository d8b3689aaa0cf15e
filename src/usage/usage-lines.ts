import type { UsageSource } from '../wire/usage'
import type { UsageLine, UsageRecord } from './record'
import { sumOfUsage } from './sum-of-usage'

/** What several attempts at one request used and cost together, and whose figures that are: `mixed` where they differ. */
export function sumOfLines(
  lines: readonly UsageLine[],
): Pick<UsageRecord, 'usage' | 'usageSource' | 'costPicoUsd'> {
  const [first, ...others] = lines
  const source = others.every(other => other.source === first?.source) ? first?.source : 'mixed'
  return {
    usage: sumOfUsage(lines.map(({ usage }) => usage)) ?? null,
    usageSource: (source satisfies UsageSource | undefined) ?? null,
    costPicoUsd: lines.reduce((sum, { costPicoUsd }) => sum + costPicoUsd, 0n),
  }
}
