import * as field from '../../wire/field'
import type { ModelRules } from './model-rules'

const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const
type Effort = (typeof EFFORTS)[number]

/** Google's own figures for these words, at its compatible endpoint. */
const BUDGETS: Record<Exclude<Effort, 'none' | 'xhigh' | 'max'>, number> = {
  minimal: 1_024,
  low: 1_024,
  medium: 8_192,
  high: 24_576,
}

/** `thinkingConfig` for a reasoning effort; thoughts are always asked for, since what was thought is billed. */
export function thinkingConfig(
  effort: string | undefined,
  { thinking }: ModelRules,
): Record<string, unknown> {
  const wanted = field.oneOf(effort, 'reasoning_effort', EFFORTS)
  if (wanted === undefined) return { includeThoughts: true }
  if (thinking.kind === 'level')
    return { includeThoughts: true, thinkingLevel: levelOf(wanted, thinking.lowest) }
  const thinkingBudget = Math.max(thinking.least, Math.min(budgetOf(wanted, thinking.most), thinking.most))
  return thinkingBudget === 0 ? { thinkingBudget } : { includeThoughts: true, thinkingBudget }
}

function budgetOf(effort: Effort, most: number): number {
  if (effort === 'none') return 0
  return effort === 'xhigh' || effort === 'max' ? most : BUDGETS[effort]
}

/** Thinking cannot be switched off by a level: `none` is the least that there is. */
function levelOf(effort: Effort, lowest: 'minimal' | 'low'): string {
  if (effort === 'none' || effort === 'minimal') return lowest
  return effort === 'xhigh' || effort === 'max' ? 'high' : effort
}
