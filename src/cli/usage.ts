import { Command } from 'commander'
import { managementApi } from './connection'
import type { Console } from './console'
import { show } from './show'
import { type Cell, formatTable } from './table'
import { readTime } from './time'

type Row = Record<string, Cell>

interface UsageOptions {
  by: string
  from?: string
  to?: string
}

const FIGURES = [
  'requests',
  'input_tokens',
  'cached_input_tokens',
  'output_tokens',
  'cost_usd',
  'ttft_ms_p50',
  'duration_ms_p50',
]

/** `cm usage` */
export function usageCommand(console: Console): Command {
  return new Command('usage')
    .description('what was used and what it cost')
    .option(
      '--by <fields>',
      'any list of day, model, key, tenant, vendor (and user, with AUDIT_METADATA=1)',
      'day,model',
    )
    .option('--from <when>', 'from when on: 2026-11-01, or a span back from now such as 7d')
    .option('--to <when>', 'until when, exclusive')
    .action(async ({ by, from, to }: UsageOptions, command: Command) => {
      const now = Date.now()
      const { data } = await managementApi(command, console).get<{ data: Row[] }>('/api/v1/usage', {
        group_by: by,
        from: from === undefined ? undefined : readTime(from, now, -1),
        to: to === undefined ? undefined : readTime(to, now, -1),
      })
      show(command, console, data, usageTable(data))
    })
}

/** The group's fields first, in the order of the answer, then the figures that the answer has. */
function usageTable(rows: readonly Row[]): string {
  const fields = Object.keys(rows[0] ?? {})
  const figures = FIGURES.filter(name => fields.includes(name))
  const groups = fields.filter(
    name => ['string', 'object'].includes(typeof rows[0]?.[name]) && !FIGURES.includes(name),
  )
  const columns = [...groups.filter(name => !/_p\d\d$/.test(name)), ...figures]
  return formatTable(
    columns.map(name => name.toUpperCase()),
    rows.map(row => columns.map(name => row[name])),
  )
}
