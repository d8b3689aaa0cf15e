import type { Command } from 'commander'
import { CliError } from './console'

/** A budget as the API tells it. */
export interface Budget {
  limit_usd: string
  spent_usd: string
  reserved_usd: string
  period: string
  resets_at: string | null
}

/** A budget as an option says it. */
export interface BudgetOptions {
  budget?: string
}

const BUDGET = /^\$?(\d{1,15}(?:\.\d{1,12})?)(?:\/(day|week|month|total))?$/

/** Gives a command the option that sets the budget of a key or a tenant. */
export function withBudget(command: Command): Command {
  return command.option(
    '--budget <dollars/period>',
    'what it may spend: 10/month, 2.50/day, 25/week, or 100 in total; or none',
  )
}

/** The fields of a body that it stands for; what is not said is not in it. Throws CliError for what is no budget. */
export function readBudget({ budget }: BudgetOptions): {
  budget?: Pick<Budget, 'limit_usd' | 'period'> | null
} {
  if (budget === undefined) return {}
  if (budget === 'none') return { budget: null }
  const [, limit, period = 'total'] = BUDGET.exec(budget) ?? []
  if (limit === undefined)
    throw new CliError(
      `--budget ${JSON.stringify(budget)} is no budget: dollars and day, week, month or total, such as 10/month; or none`,
    )
  return { budget: { limit_usd: limit, period } }
}

/** A budget for a table: `2.5 of 10/month`. */
export function budgetText(budget: Budget | null | undefined): string {
  if (!budget) return 'none'
  const { limit_usd: limit, spent_usd: spent, period } = budget
  return `${spent} of ${limit}${period === 'total' ? '' : `/${period}`}`
}
