import { CAPABILITIES, type Model } from '../catalog/model'
import type { Price } from '../catalog/price'
import { parsePrice } from '../catalog/rate'
import { type ConfigFile, readPath } from './config-file'
import type { ModelEntry } from './model-schema'
import { didYouMean } from './nearest'
import { type Problems, shown } from './problems'

type Entries = Readonly<Record<string, ModelEntry>>

/** What entries are read against. */
interface Surroundings {
  file: ConfigFile
  builtIn: ReadonlyMap<string, Model>
  /** Names that a deployment may use: those of the file and those of the catalog. */
  vendorNames: ReadonlySet<string>
  problems: Problems
}

const NEW_MODEL: Omit<Model, 'id'> = {
  aliases: [],
  endpoints: ['chat.completions'],
  capabilities: new Set(),
  contextWindow: null,
  maxOutputTokens: null,
  price: undefined,
  deprecatedOn: null,
  offerings: [],
}

/** The file's models; one with the id of a built-in model replaces the fields that it names and keeps the others. */
export function modelsOfFile(entries: Entries, around: Surroundings): Model[] {
  checkAliases(entries, around)
  const taken = namesOf(entries)
  return Object.entries(entries).map(([id, entry]) => modelOf(id, entry, taken, around))
}

function modelOf(id: string, entry: ModelEntry, taken: ReadonlySet<string>, around: Surroundings): Model {
  const base = around.builtIn.get(id) ?? NEW_MODEL
  const endpoints = entry.endpoints ?? base.endpoints
  return {
    ...base,
    id,
    aliases: entry.aliases ?? base.aliases.filter(alias => !taken.has(alias)),
    endpoints,
    capabilities: entry.capabilities ? capabilitiesOf(entry.capabilities) : base.capabilities,
    contextWindow: entry.context_window ?? base.contextWindow,
    maxOutputTokens: entry.max_output_tokens ?? base.maxOutputTokens,
    price: entry.price ? priceOf(id, entry.price, endpoints, around) : base.price,
    offerings: offeringsOf(id, entry, base.offerings, around),
  }
}

function capabilitiesOf(named: NonNullable<ModelEntry['capabilities']>): Model['capabilities'] {
  return new Set(CAPABILITIES.filter(name => named[name] === true))
}

/** A price of one's own counts at every deployment; those of the catalog's offerings give way to it. */
function offeringsOf(
  id: string,
  entry: ModelEntry,
  built: Model['offerings'],
  around: Surroundings,
): Model['offerings'] {
  const { file, problems, vendorNames } = around
  if (!entry.deployments) {
    if (built.length === 0)
      problems.add(file.placeOf(['models', id, 'deployments']), 'nothing', REQUIRED_DEPLOYMENTS)
    return entry.price ? built.map(({ vendor, model }) => ({ vendor, model })) : built
  }
  entry.deployments.forEach(({ vendor }, at) => {
    const path = ['models', id, 'deployments', String(at), 'vendor']
    // A faulty one was taken out before, and is named already.
    if (vendor === undefined || vendorNames.has(vendor)) return
    problems.add(
      file.placeOf(path),
      shown(file.writtenAt(path)),
      `a vendor of this file or of the catalog${didYouMean(vendor, vendorNames)}`,
    )
  })
  return entry.deployments.map(({ vendor, model }) => ({ vendor, model }))
}

const REQUIRED_DEPLOYMENTS =
  'it is required for a model that the catalog does not have: at least one {vendor, model}'

function priceOf(
  id: string,
  entry: NonNullable<ModelEntry['price']>,
  endpoints: Model['endpoints'],
  around: Surroundings,
): Price | undefined {
  const parsed = parsePrice(entry)
  if ('price' in parsed) {
    const missing = endpoints.includes('chat.completions') ? missingHalf(parsed.price) : undefined
    if (!missing) return parsed.price
    around.problems.add(around.file.placeOf(['models', id, 'price', missing]), 'nothing', BOTH_HALVES)
    return undefined
  }
  for (const { field, found, allowed } of parsed.problems) {
    const path = ['models', id, ...readPath(field)]
    const written = around.file.writtenAt(path)
    around.problems.add(
      around.file.placeOf(path),
      typeof written === 'string' ? shown(written) : found,
      allowed,
    )
  }
  return undefined
}

const BOTH_HALVES = 'a price for input and one for output: a chat is billed for both; "0" where it is free'

/** A chat that is charged for one half of its tokens would have the other for nothing, unsaid. */
function missingHalf({ rates }: Price): 'input' | 'output' | undefined {
  if (rates.input && !rates.output) return 'output'
  return rates.output && !rates.input ? 'input' : undefined
}

/** Within the file every name is one model's; an alias that is a model's id would never be reached. */
function checkAliases(entries: Entries, { file, builtIn, problems }: Surroundings): void {
  const ids = new Set([...builtIn.keys(), ...Object.keys(entries)])
  const owners = new Map<string, string>()
  for (const [id, { aliases }] of Object.entries(entries)) {
    aliases?.forEach((alias, at) => {
      const path = ['models', id, 'aliases', String(at)]
      const report = (allowed: string) =>
        problems.add(file.placeOf(path), shown(file.writtenAt(path)), allowed)
      const owner = owners.get(alias)
      if (ids.has(alias)) report('a name that is no model’s id, since an id wins over an alias')
      else if (owner !== undefined) report(`a name that ${owner} does not have already`)
      owners.set(alias, id)
    })
  }
}

function namesOf(entries: Entries): Set<string> {
  return new Set(Object.entries(entries).flatMap(([id, { aliases }]) => [id, ...(aliases ?? [])]))
}

/** The built-in models without the names that the file gives to others: the file overrides the catalog. */
export function withoutTakenAliases(builtIn: readonly Model[], ofFile: readonly Model[]): Model[] {
  const taken = new Set(ofFile.flatMap(model => [model.id, ...model.aliases]))
  return builtIn.map(model => {
    const aliases = model.aliases.filter(alias => !taken.has(alias))
    return aliases.length === model.aliases.length ? model : { ...model, aliases }
  })
}
