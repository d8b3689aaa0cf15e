import { Command } from 'commander'
import { type BudgetOptions, budgetText, readBudget, withBudget } from './budget'
import { managementApi } from './connection'
import { CliError, type Console, oneLine } from './console'
import { type LimitOptions, limitsText, readLimits, withLimits } from './limits'
import { show } from './show'
import { formatTable } from './table'
import { findTenant, TENANT, tenantPath } from './tenant'

type TermOptions = LimitOptions & BudgetOptions

/** `cm tenants …` */
export function tenantsCommand(console: Console): Command {
  const tenants = new Command('tenants').description('the accounts that own keys and usage')
  const create = tenants
    .command('create')
    .description('make a tenant')
    .argument('<name>', 'what it is called')
  withBudget(withLimits(create)).action(async (name: string, options: TermOptions, command: Command) => {
    const body = { name, ...readLimits(options), ...readBudget(options) }
    const tenant = await managementApi(command, console).post('/api/v1/tenants', TENANT, body)
    show(command, console, tenant, `${tenant.id}\n`)
  })
  tenants
    .command('list')
    .description('every tenant')
    .action(async (_options, command: Command) => {
      const found = await managementApi(command, console).all('/api/v1/tenants', TENANT)
      const rows = found.map(({ id, name, limits, budget, created_at }) => [
        name,
        limitsText(limits),
        budgetText(budget),
        id,
        created_at,
      ])
      show(command, console, found, formatTable(['NAME', 'LIMITS', 'BUDGET', 'ID', 'CREATED'], rows))
    })
  tenants
    .command('rename')
    .description('give a tenant another name')
    .argument('<tenant>', 'its id or name')
    .argument('<name>', 'what it is called from now on')
    .action(async (text: string, name: string, _options, command: Command) => {
      const api = managementApi(command, console)
      const { id } = await findTenant(api, text)
      const tenant = await api.patch(tenantPath(id), TENANT, { name })
      show(command, console, tenant, `${tenant.id}\n`)
    })
  addUpdate(tenants, console)
  tenants
    .command('delete')
    .description('delete a tenant; its keys stop working')
    .argument('<tenant>', 'its id or name')
    .action(async (text: string, _options, command: Command) => {
      const api = managementApi(command, console)
      const { id } = await findTenant(api, text)
      await api.delete(tenantPath(id))
      show(command, console, { id, deleted: true }, `deleted ${id}\n`)
    })
  return tenants
}

function addUpdate(tenants: Command, console: Console): void {
  const update = tenants
    .command('update')
    .description('change a tenant; what is not said stays as it is')
    .argument('<tenant>', 'its id or name')
    .option('--name <name>', 'what it is called')
  withBudget(withLimits(update)).action(
    async (text: string, options: TermOptions & { name?: string }, command: Command) => {
      const { name } = options
      const body = { ...(name === undefined ? {} : { name }), ...readLimits(options), ...readBudget(options) }
      if (Object.keys(body).length === 0)
        throw new CliError('Say what to change (--help shows what there is)')
      const api = managementApi(command, console)
      const { id } = await findTenant(api, text)
      const tenant = await api.patch(tenantPath(id), TENANT, body)
      show(
        command,
        console,
        tenant,
        `${oneLine(tenant.name)}: limits ${limitsText(tenant.limits)}, budget ${budgetText(tenant.budget)}\n`,
      )
    },
  )
}
