import { Command } from 'commander'
import { managementApi } from './connection'
import type { Console } from './console'
import type { Shape } from './shape'
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
  'audio_seconds',
  'characters',
  'images',
  'cost_usd',
  'ttft_ms_p50',
  'duration_ms_p50',
]

const ROW: Shape<Row> = { requests: 'number', cost_usd: 'string' }

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
      const { data } = await managementApi(command, console).page('/api/v1/usage', ROW, {
        group_by: by,
        from: from === undefined ? undefined : readTime(from, now, -1),
        to: to === undefined ? undefined : readTime(to, now, -1),
      })
      show(command, console, data, usageTable(data))
    })
}

/** The group's fields first, in the order of the answer, then the figures that some row has. */
function usageTable(rows: readonly Row[]): string {
  const figures = FIGURES.filter(name => rows.some(row => name in row))
  const groups = Object.entries(rows[0] ?? {}).filter(
    ([name, cell]) => typeof cell !== 'number' && !FIGURES.includes(name) && !/_p\d\d$/.test(name),
  )
  const columns = [...groups.map(([name]) => name), ...figures]
  return formatTable(
    columns.map(name => name.toUpperCase()),
    rows.map(row => columns.map(name => row[name])),
  )
}
