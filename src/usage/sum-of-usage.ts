import type { Usage } from '../wire/usage'

/** The sum of these figures, member by member; undefined of none. */
export function sumOfUsage(figures: readonly Usage[]): Usage | undefined {
  const [first, ...rest] = figures
  if (!first) return undefined
  const sum = { ...first }
  for (const usage of rest) for (const name of Object.keys(sum) as (keyof Usage)[]) sum[name] += usage[name]
  return sum
}
