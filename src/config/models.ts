import { CAPABILITIES, type Model } from '../catalog/model'
import type { Price } from '../catalog/price'
import { parsePrice } from '../catalog/rate'
import { type ConfigFile, readPath } from './config-file'
import type { ModelEntry } from './model-schema'
import { didYouMean } from './nearest'
import { type Problems, shown } from './problems'

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
export function modelsOfFile(entries: Readonly<Record<string, ModelEntry>>, around: Surroundings): Model[] {
  const models = Object.entries(entries).map(([id, entry]) => modelOf(id, entry, around))
  checkAliases(models, around)
  return models
}

function modelOf(id: string, entry: ModelEntry, around: Surroundings): Model {
  const base = around.builtIn.get(id) ?? NEW_MODEL
  return {
    id,
    aliases: entry.aliases ?? base.aliases,
    endpoints: entry.endpoints ?? base.endpoints,
    capabilities: entry.capabilities ? capabilitiesOf(entry.capabilities) : base.capabilities,
    contextWindow: entry.context_window ?? base.contextWindow,
    maxOutputTokens: entry.max_output_tokens ?? base.maxOutputTokens,
    price: entry.price ? priceOf(id, entry.price, around) : base.price,
    deprecatedOn: base.deprecatedOn,
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
    if (vendorNames.has(vendor)) return
    const place = file.placeOf(['models', id, 'deployments', String(at), 'vendor'])
    problems.add(
      place,
      shown(vendor),
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
  around: Surroundings,
): Price | undefined {
  const parsed = parsePrice(entry)
  if ('price' in parsed) return parsed.price
  for (const { field, found, allowed } of parsed.problems)
    around.problems.add(around.file.placeOf(['models', id, ...readPath(field)]), found, allowed)
  return undefined
}

/** Within the file every name is one model's; an alias that is a model's id would never be reached. */
function checkAliases(models: readonly Model[], { file, builtIn, problems }: Surroundings): void {
  const ids = new Set([...builtIn.keys(), ...models.map(model => model.id)])
  const owners = new Map<string, string>()
  for (const model of models) {
    model.aliases.forEach((alias, at) => {
      const place = file.placeOf(['models', model.id, 'aliases', String(at)])
      const owner = owners.get(alias)
      if (ids.has(alias))
        problems.add(place, shown(alias), 'a name that is no model’s id, since an id wins over an alias')
      else if (owner !== undefined)
        problems.add(place, shown(alias), `a name that ${owner} does not have already`)
      owners.set(alias, model.id)
    })
  }
}

/** The built-in models without the names that the file gives to others: the file overrides the catalog. */
export function withoutTakenAliases(builtIn: readonly Model[], ofFile: readonly Model[]): Model[] {
  const taken = new Set(ofFile.flatMap(model => [model.id, ...model.aliases]))
  return builtIn.map(model =>
    model.aliases.some(alias => taken.has(alias))
      ? { ...model, aliases: model.aliases.filter(alias => !taken.has(alias)) }
      : model,
  )
}
