import { Command } from 'commander'
import type { Api } from './api'
import { changesCommand } from './changes'
import { managementApi } from './connection'
import { type Console, jsonText } from './console'
import { correctCommand } from './correct'
import type { Shape } from './shape'
import { show } from './show'
import { formatTable } from './table'
import { findTenant } from './tenant'
import { readTime } from './time'
import { verifyCommand } from './verify'

interface AuditRecord {
  request_id: string
  created_at: string
  endpoint: string
  model_requested: string | null
  model: string | null
  vendor: string | null
  status: number
  outcome: string
  cost_usd: string
  duration_ms: number
}

const RECORD: Shape<AuditRecord> = { request_id: 'string', status: 'number', outcome: 'string' }

interface FilterOptions {
  tenant?: string
  key?: string
  model?: string
  outcome?: string
  from?: string
  to?: string
}

interface ListOptions extends FilterOptions {
  limit: string
}

/** `cm audit …` */
export function auditCommand(console: Console): Command {
  const audit = new Command('audit').description('the record of every request')
  const list = audit.command('list').description('the newest records first')
  withFilter(list)
    .option('--limit <count>', 'how many', '20')
    .action(async (options: ListOptions, command: Command) => {
      const data = await listRecords(options, command, console)
      show(command, console, data, auditTable(data))
    })
  withFilter(
    audit.command('export').description('every record as one line of JSON, the newest first'),
  ).action(async (options: FilterOptions, command: Command) => {
    const api = managementApi(command, console)
    for await (const text of api.lines('/api/v1/audit', await queryOf(options, api))) console.write(text)
  })
  audit
    .command('show')
    .description('one record, whole')
    .argument('<request-id>', 'as in the header x-request-id')
    .action(async (id: string, _options, command: Command) => {
      const path = `/api/v1/audit/${encodeURIComponent(id)}`
      console.write(`${jsonText(await managementApi(command, console).get(path, RECORD))}\n`)
    })
  audit.addCommand(changesCommand(console))
  audit.addCommand(verifyCommand(console))
  audit.addCommand(correctCommand(console))
  return audit
}

function withFilter(command: Command): Command {
  return command
    .option('--tenant <tenant>', 'of this tenant (id or name)')
    .option('--key <id>', 'of this key')
    .option('--model <model>', 'of this model')
    .option('--outcome <outcome>', 'ok, cancelled, error or rejected')
    .option('--from <when>', 'from when on: 2026-11-01, or a span back from now such as 2h')
    .option('--to <when>', 'until when')
}

async function queryOf({ tenant, key, model, outcome, from, to }: FilterOptions, api: Api) {
  const now = Date.now()
  return {
    tenant_id: tenant === undefined ? undefined : (await findTenant(api, tenant)).id,
    key_id: key,
    model,
    outcome,
    from: from === undefined ? undefined : readTime(from, now, -1),
    to: to === undefined ? undefined : readTime(to, now, -1),
  }
}

async function listRecords(options: ListOptions, command: Command, console: Console): Promise<AuditRecord[]> {
  const api = managementApi(command, console)
  const query = { ...(await queryOf(options, api)), limit: options.limit }
  return (await api.page('/api/v1/audit', RECORD, query)).data
}

function auditTable(records: readonly AuditRecord[]): string {
  const headings = ['TIME', 'STATUS', 'OUTCOME', 'MODEL', 'VENDOR', 'MS', 'USD', 'REQUEST']
  const rows = records.map(record => [
    record.created_at,
    record.status,
    record.outcome,
    record.model ?? record.model_requested,
    record.vendor,
    Math.round(record.duration_ms),
    record.cost_usd,
    record.request_id,
  ])
  return formatTable(headings, rows)
}
