import { Command } from 'commander'
import { managementApi } from './connection'
import type { Console } from './console'
import type { Shape } from './shape'
import { show } from './show'
import { formatTable } from './table'
import { findTenant } from './tenant'

interface ChangeRecord {
  created_at: string
  tenant_id: string
  by: string
  action: string
  target_id: string
  before: Record<string, unknown> | null
  after: Record<string, unknown> | null
}

const CHANGE: Shape<ChangeRecord> = {
  action: 'string',
  target_id: 'string',
  before: 'object?',
  after: 'object?',
}

interface ChangesOptions {
  tenant?: string
  target?: string
  action?: string
  limit: string
}

/** `cm audit changes`: who changed which key or tenant, or corrected which request. */
export function changesCommand(console: Console): Command {
  return new Command('changes')
    .description('who changed which key or tenant, or corrected which request, the newest first')
    .option('--tenant <tenant>', 'of this tenant (id or name)')
    .option('--target <id>', 'of this key, tenant or request')
    .option('--action <action>', 'such as key.update')
    .option('--limit <count>', 'how many', '20')
    .action(async ({ tenant, target, action, limit }: ChangesOptions, command: Command) => {
      const api = managementApi(command, console)
      const { data } = await api.page('/api/v1/audit/management', CHANGE, {
        tenant_id: tenant === undefined ? undefined : (await findTenant(api, tenant)).id,
        target_id: target,
        action,
        limit,
      })
      const rows = data.map(change => [
        change.created_at,
        change.action,
        change.by,
        nameOf(change),
        changedOf(change),
      ])
      show(command, console, data, formatTable(['TIME', 'ACTION', 'BY', 'WHAT', 'CHANGED'], rows))
    })
}

function nameOf({ before, after, target_id }: ChangeRecord): string {
  const name = (after ?? before)?.name
  return typeof name === 'string' ? name : target_id
}

/** The members that are not what they were. */
function changedOf({ before, after }: ChangeRecord): string {
  if (!before || !after) return ''
  const changed = Object.keys(after).filter(
    name => JSON.stringify(before[name]) !== JSON.stringify(after[name]),
  )
  return changed
    .map(name => `${name}: ${JSON.stringify(before[name] ?? null)} → ${JSON.stringify(after[name])}`)
    .join('; ')
}
