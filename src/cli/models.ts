import { Command } from 'commander'
import { createApi } from './api'
import { eitherKey, gatewayUrl } from './connection'
import type { Console } from './console'
import type { Shape } from './shape'
import { show } from './show'
import { formatTable } from './table'

interface Model {
  id: string
  available: boolean
  vendors: { name: string }[]
  context_window: number | null
  pricing: Record<string, { usd: string; per: string } | unknown[] | undefined>
  unpriced: boolean
}

const MODEL: Shape<Model> = { id: 'string', available: 'boolean', vendors: 'list', pricing: 'object?' }

/** `cm models` */
export function modelsCommand(console: Console): Command {
  return new Command('models')
    .description('the catalog, with prices')
    .option('--all', 'those of vendors that are not configured too')
    .option('--key <key>', 'a caller’s key (CALLMISSED_KEY, or that of the first start)')
    .action(async ({ all, key }: { all?: boolean; key?: string }, command: Command) => {
      const api = createApi(gatewayUrl(command, console), eitherKey(key, command, console))
      const { data: found } = await api.page('/api/v1/models', MODEL)
      const models = all ? found : found.filter(model => model.available)
      show(command, console, models, modelTable(models))
      if (!all)
        console.remark(`${models.length} of ${found.length} models can be called; --all lists the others.\n`)
    })
}

function modelTable(models: readonly Model[]): string {
  const rows = models.map(model => [
    model.id,
    model.vendors.map(vendor => vendor?.name).join(','),
    model.context_window,
    priceOf(model, 'input'),
    priceOf(model, 'output'),
  ])
  return formatTable(['MODEL', 'VENDORS', 'CONTEXT', 'INPUT', 'OUTPUT'], rows)
}

function priceOf({ pricing, unpriced }: Model, meter: string): string {
  const price = pricing?.[meter]
  if (price && !Array.isArray(price)) return `$${price.usd}/${price.per}`
  return unpriced ? 'unpriced' : '-'
}
