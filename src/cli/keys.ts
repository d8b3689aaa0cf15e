import { Command } from 'commander'
import type { Api } from './api'
import { CliError, type Console } from './console'
import { formatTable } from './table'
import { findTenant, managementApi, show } from './tenants'
import { readTime } from './time'

interface Key {
  id: string
  name: string
  prefix: string
  tenant_id: string
  created_at?: string
  expires_at?: string | null
  revoked_at?: string | null
}

interface CreateOptions {
  tenant: string
  createTenant?: boolean
  name: string
  expires?: string
}

/** `cm keys …` */
export function keysCommand(console: Console): Command {
  const keys = new Command('keys').description('the secrets that callers send')
  addCreate(keys, console)
  keys
    .command('list')
    .description('every key, without its secret')
    .option('--tenant <tenant>', 'only those of this tenant (id or name)')
    .action(async ({ tenant }: { tenant?: string }, command: Command) => {
      const api = managementApi(command, console)
      const tenant_id = tenant === undefined ? undefined : (await findTenant(api, tenant)).id
      const found = await api.all<Key>('/api/v1/keys', { tenant_id })
      const rows = found.map(key => [key.prefix, key.name, stateOf(key), key.tenant_id, key.id])
      show(command, console, found, formatTable(['PREFIX', 'NAME', 'STATE', 'TENANT', 'ID'], rows))
    })
  keys
    .command('revoke')
    .description('stop a key for good')
    .argument('<id>', 'its id, from cm keys list')
    .action(async (id: string, _options, command: Command) => {
      await managementApi(command, console).delete(`/api/v1/keys/${encodeURIComponent(id)}`)
      show(command, console, { id, revoked: true }, `revoked ${id}\n`)
    })
  return keys
}

function addCreate(keys: Command, console: Console): void {
  keys
    .command('create')
    .description('make a key; its secret is shown this once')
    .requiredOption('--tenant <tenant>', 'whose key it is (id or name)')
    .option('--create-tenant', 'make the tenant if there is none of that name')
    .option('--name <name>', 'what the key is called', 'default')
    .option('--expires <when>', 'until when it works: 2027-01-31, 2027-01-31T12:00:00Z, 12h or 30d')
    .action(async (options: CreateOptions, command: Command) => {
      const expiresAt = options.expires === undefined ? undefined : readTime(options.expires, Date.now())
      const api = managementApi(command, console)
      const tenant = await tenantFor(api, options)
      const { name } = options
      const key = await api.post<Key & { key: string }>('/api/v1/keys', {
        tenant_id: tenant.id,
        name,
        ...(expiresAt === undefined ? {} : { expires_at: expiresAt }),
      })
      show(command, console, key, `${key.key}\n`)
      console.remark(`Key ${key.id} of tenant ${tenant.id}. It is shown this once.\n`)
    })
}

async function tenantFor(api: Api, { tenant, createTenant }: CreateOptions): Promise<{ id: string }> {
  try {
    return await findTenant(api, tenant)
  } catch (error) {
    if (!createTenant || !(error instanceof CliError) || !error.message.startsWith('There is no')) throw error
    return api.post<{ id: string }>('/api/v1/tenants', { name: tenant })
  }
}

function stateOf({ revoked_at, expires_at }: Key): string {
  if (revoked_at) return `revoked ${revoked_at}`
  return expires_at ? `until ${expires_at}` : 'active'
}
