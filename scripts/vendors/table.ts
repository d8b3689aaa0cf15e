import { builtInModels } from '../../src/catalog/models.ts'
import { VENDORS } from '../../src/catalog/vendors.ts'
import { type Adapter, adapterOf } from '../../src/vendors/adapter.ts'
import { DEFAULT_TIMEOUTS, type Vendor } from '../../src/vendors/vendor.ts'
import { type Fate, fateOf } from './fate.ts'
import { PROBES } from './probes.ts'

/** A column: the vendors that treat every parameter alike. */
export interface Column {
  vendors: string[]
  model: string
  fates: Fate[]
}

const SIGNS: Record<Fate, string> = {
  passed: '=',
  otherwise: '→',
  emulated: '~',
  dropped: '–',
  refused: '✗',
  lost: '??',
}

/** Where models of a vendor differ, the one that most people ask for. */
const MODELS: Record<string, string> = {
  anthropic: 'claude-opus-4-7',
  gemini: 'gemini-2.5-pro',
  vertex: 'gemini-2.5-pro',
  bedrock: 'us.anthropic.claude-opus-4-7',
  cohere: 'command-a-03-2025',
  deepseek: 'deepseek-v4-pro',
  moonshot: 'kimi-k2.6',
}

/** Every vendor whose chats can be asked, and one of the user's own. */
export function columns(): Column[] {
  const known = VENDORS.flatMap(({ keyVariable: _, ...facts }) =>
    columnOf({ ...account(facts.name), ...facts }),
  )
  const own = columnOf({ ...account('your own'), dialect: 'openai-compatible' })
  return joined([...known, ...own])
}

/** The table in Markdown. */
export function vendorTable(): string {
  const all = columns()
  const head = all.map(({ vendors }) => vendors.join(', '))
  const rows = PROBES.map(({ name }, index) => [
    `\`${name}\``,
    ...all.map(({ fates }) => SIGNS[fates[index] ?? 'lost']),
  ])
  const lines = [['', ...head], ['---', ...head.map(() => ':-:')], ...rows]
  return `${lines.map(cells => `| ${cells.join(' | ')} |`).join('\n')}\n`
}

function account(name: string): Vendor {
  return {
    name,
    dialect: 'openai',
    conforms: true,
    baseUrl: 'https://vendor.example/v1',
    credential: 'key',
    headers: {},
    onDisconnect: 'abort',
    timeouts: DEFAULT_TIMEOUTS,
    aws: { region: 'us-east-1', accessKeyId: 'a', secretAccessKey: 'b' },
    google: { project: 'p', location: 'europe-west4' },
  }
}

function columnOf(vendor: Vendor): Column[] {
  const adapter = adapterOf(vendor)
  if (!adapter) return []
  const model = MODELS[vendor.name] ?? modelAt(vendor.name)
  return [{ vendors: [vendor.name], model, fates: PROBES.map(probe => fate(adapter, probe, vendor, model)) }]
}

function fate({ translation }: Adapter, probe: (typeof PROBES)[number], vendor: Vendor, model: string): Fate {
  return fateOf(probe, translation, vendor, model)
}

function modelAt(vendor: string): string {
  const served = builtInModels().flatMap(({ endpoints, offerings }) =>
    endpoints.includes('chat.completions') ? offerings.filter(offering => offering.vendor === vendor) : [],
  )
  return served[0]?.model ?? 'model'
}

function joined(all: readonly Column[]): Column[] {
  const groups = new Map<string, Column>()
  for (const column of all) {
    const key = column.fates.join()
    const group = groups.get(key)
    if (group) group.vendors.push(...column.vendors)
    else groups.set(key, { ...column, vendors: [...column.vendors] })
  }
  return [...groups.values()]
}
