import { Command, Option } from 'commander'
import { isId } from '../lib/id'
import type { Api } from './api'
import { type Budget, type BudgetOptions, budgetText, readBudget, withBudget } from './budget'
import { managementApi } from './connection'
import { CliError, type Console } from './console'
import { type RightsOptions, readRights, withRights } from './key-rights'
import { type LimitOptions, type Limits, limitsText, readLimits, withLimits } from './limits'
import type { Shape } from './shape'
import { show } from './show'
import { formatTable } from './table'
import { findTenant, lookUpTenant, TENANT, tenantPath } from './tenant'
import { readSeconds } from './time'

interface Key {
  id: string
  name: string
  prefix: string
  tenant_id: string
  scopes?: string[]
  models?: string[] | null
  limits?: Limits | null
  budget?: Budget | null
  created_at?: string
  not_before?: string | null
  expires_at?: string | null
  revoked_at?: string | null
}

const KEY: Shape<Key> = {
  id: 'string',
  prefix: 'string',
  name: 'string',
  tenant_id: 'string',
  scopes: 'list?',
  models: 'list?',
  limits: 'object?',
  budget: 'object?',
}

/** A key with its secret, as it is shown once. */
type NewKey = Key & { key: string }

const NEW_KEY: Shape<NewKey> = { ...KEY, key: 'string' }

interface CreateOptions extends RightsOptions, LimitOptions, BudgetOptions {
  tenant: string
  name: string
}

/** `cm keys …` */
export function keysCommand(console: Console): Command {
  const keys = new Command('keys').description('the secrets that callers send')
  addCreate(keys, console)
  addList(keys, console)
  addUpdate(keys, console)
  addRotate(keys, console)
  keys
    .command('revoke')
    .description('stop a key for good')
    .argument('<id>', 'its id, from cm keys list')
    .action(async (id: string, _options, command: Command) => {
      await managementApi(command, console).delete(pathOf(id))
      show(command, console, { id, revoked: true }, `revoked ${id}\n`)
    })
  return keys
}

function addCreate(keys: Command, console: Console): void {
  const create = keys
    .command('create')
    .description('make a key; its secret is shown this once')
    .requiredOption('--tenant <tenant>', 'whose key it is (id, or a name: made if there is none of it)')
    // Lines that older starts printed say so; it goes without saying.
    .addOption(new Option('--create-tenant').hideHelp())
    .option('--name <name>', 'what the key is called', 'default')
  withBudget(withLimits(withRights(create))).action(async (options: CreateOptions, command: Command) => {
    const rights = { ...readRights(options, Date.now()), ...readLimits(options), ...readBudget(options) }
    const api = managementApi(command, console)
    const tenant = await tenantFor(api, options.tenant)
    const key = await makeKey(api, tenant, { name: options.name, ...rights })
    if (tenant.isNew) console.remark(`There was no tenant ${JSON.stringify(options.tenant)}: it was made.\n`)
    show(command, console, key, `${key.key}\n`)
    console.remark(`Key ${key.id} of tenant ${tenant.id}. It is shown this once.\n`)
  })
}

function addList(keys: Command, console: Console): void {
  keys
    .command('list')
    .description('every key, without its secret')
    .option('--tenant <tenant>', 'only those of this tenant (id or name)')
    .action(async ({ tenant }: { tenant?: string }, command: Command) => {
      const api = managementApi(command, console)
      const tenant_id = tenant === undefined ? undefined : (await findTenant(api, tenant)).id
      const found = await api.all('/api/v1/keys', KEY, { tenant_id })
      show(command, console, found, tableOf(found))
    })
}

function addUpdate(keys: Command, console: Console): void {
  const update = keys
    .command('update')
    .description('change what a key may do; what is not said stays as it is')
    .argument('<id>', 'its id, from cm keys list')
    .option('--name <name>', 'what the key is called')
  withBudget(withLimits(withRights(update)))
    .option('--all-models', 'every model again')
    .option('--no-expiry', 'it works for ever again')
    .action(
      async (id: string, options: Omit<CreateOptions, 'name'> & { name?: string }, command: Command) => {
        const { name } = options
        const body = {
          ...(name === undefined ? {} : { name }),
          ...readRights(options, Date.now()),
          ...readLimits(options),
          ...readBudget(options),
        }
        if (Object.keys(body).length === 0)
          throw new CliError('Say what to change (--help shows what there is)')
        const key = await managementApi(command, console).patch(pathOf(id), KEY, body)
        show(command, console, key, tableOf([key]))
      },
    )
}

function addRotate(keys: Command, console: Console): void {
  keys
    .command('rotate')
    .description('give a key a new secret; it is shown this once')
    .argument('<id>', 'its id, from cm keys list')
    .option('--grace <span>', 'how long the old secret still works: 10m, 12h or 30d (not at all without it)')
    .action(async (id: string, { grace }: { grace?: string }, command: Command) => {
      const body = grace === undefined ? {} : { grace_seconds: readSeconds(grace) }
      const path = `${pathOf(id)}/rotate`
      const key = await managementApi(command, console).post(path, NEW_KEY, body)
      show(command, console, key, `${key.key}\n`)
      console.remark(`The new secret of key ${key.id}. It is shown this once.\n`)
    })
}

/** A key's owner; `isNew` if this run made it. */
interface Owner {
  id: string
  isNew: boolean
}

/** An id that there is not is a slip; a name that there is not is a new tenant. */
async function tenantFor(api: Api, text: string): Promise<Owner> {
  const found = isId(text) ? await findTenant(api, text) : await lookUpTenant(api, text)
  const { id } = found ?? (await api.post('/api/v1/tenants', TENANT, { name: text }))
  return { id, isNew: found === undefined }
}

/** A tenant that was made for a key does not stay without it. */
async function makeKey(api: Api, owner: Owner, terms: object): Promise<NewKey> {
  try {
    return await api.post('/api/v1/keys', NEW_KEY, { tenant_id: owner.id, ...terms })
  } catch (error) {
    if (owner.isNew) await takeBack(api, owner, error)
    throw error
  }
}

async function takeBack(api: Api, { id }: Owner, reason: unknown): Promise<void> {
  try {
    await api.delete(tenantPath(id))
  } catch (error) {
    const [why, whyNot] = [reason, error].map(failure => (failure as Error).message)
    throw new CliError(`${why}; tenant ${id}, made for it, is still there: ${whyNot}`, { cause: reason })
  }
}

function pathOf(id: string): string {
  return `/api/v1/keys/${encodeURIComponent(id)}`
}

function tableOf(keys: readonly Key[]): string {
  const rows = keys.map(key => [
    key.prefix,
    key.name,
    stateOf(key),
    key.scopes?.join(' '),
    key.models?.join(' ') ?? 'all',
    limitsText(key.limits),
    budgetText(key.budget),
    key.tenant_id,
    key.id,
  ])
  return formatTable(
    ['PREFIX', 'NAME', 'STATE', 'SCOPES', 'MODELS', 'LIMITS', 'BUDGET', 'TENANT', 'ID'],
    rows,
  )
}

function stateOf({ revoked_at, not_before, expires_at }: Key): string {
  if (revoked_at) return `revoked ${revoked_at}`
  if (expires_at && Date.parse(expires_at) <= Date.now()) return `expired ${expires_at}`
  if (not_before && Date.parse(not_before) > Date.now()) return `from ${not_before}`
  return expires_at ? `until ${expires_at}` : 'active'
}
