import { basename, resolve } from 'node:path'
import type { Model } from '../catalog/model'
import { builtInModels } from '../catalog/models'
import { adapterOf } from '../vendors/adapter'
import type { Vendor } from '../vendors/vendor'
import { accountsOfEnvironment, accountsOfFile, builtInVendorNames } from './accounts'
import { checkContent } from './check'
import type { Config } from './config'
import { type ConfigFile, parseConfigFile } from './config-file'
import type { ConfigFiles, Environment } from './environment'
import { interpolate } from './interpolate'
import { modelsOfFile, withoutTakenAliases } from './models'
import { Problems, shown } from './problems'
import type { ConfigFileContent } from './schema'
import { readServerSettings } from './server-settings'

/**
 * Reads the whole configuration: the variables first, then the file that they name.
 * 1. Every variable is parsed.  2. The file is parsed, `${NAME}` replaced, checked against the schema.
 * 3. Accounts and models of the file go over those of the environment and the catalog.
 * All problems are returned at once, each a line that names its place and never a secret.
 */
export function loadConfig(
  environment: Environment,
  files: ConfigFiles,
  cwd: string,
): { config: Config } | { problems: string[] } {
  const problems = new Problems()
  const server = readServerSettings(environment, cwd, problems)
  const file = readFile(environment, files, cwd, problems)
  const catalog = builtInModels()
  const ofEnvironment = accountsOfEnvironment(environment, problems)
  const ofFile = file ? contentOf(file, environment, catalog, problems) : NOTHING
  if (problems.list.length > 0) return { problems: problems.list }
  const vendors = [
    ...new Map([...ofEnvironment, ...ofFile.vendors].map(vendor => [vendor.name, vendor])).values(),
  ]
  const models = [...withoutTakenAliases(catalog, ofFile.models), ...ofFile.models]
  const config: Config = {
    ...server,
    demo: server.demo ?? vendors.length === 0,
    vendors,
    models,
    notices: noticesOf(environment, file, vendors, models),
  }
  return { config: Object.freeze(config) }
}

interface Content {
  vendors: Vendor[]
  models: Model[]
}
const NOTHING: Content = { vendors: [], models: [] }

/** The file that CALLMISSED_CONFIG names, which must be there, else `callmissed.yaml` where it is. */
function readFile(
  environment: Environment,
  files: ConfigFiles,
  cwd: string,
  problems: Problems,
): ConfigFile | undefined {
  const named = environment.CALLMISSED_CONFIG || undefined
  const path = resolve(cwd, named ?? 'callmissed.yaml')
  try {
    const text = files.read(path)
    if (text !== undefined) return parseConfigFile(basename(path), text, problems)
    if (named) problems.add('CALLMISSED_CONFIG', `${shown(named)}: no such file`, 'the path of a YAML file')
  } catch (error) {
    const reason = (error as { code?: string }).code ?? 'unreadable'
    problems.add(
      named ? 'CALLMISSED_CONFIG' : basename(path),
      `a file that cannot be read (${reason})`,
      'a readable file',
    )
  }
  return undefined
}

function contentOf(
  file: ConfigFile,
  environment: Environment,
  catalog: readonly Model[],
  problems: Problems,
): Content {
  const whole = interpolate(file, environment, problems)
  // Taken before what is faulty goes: a name that is there is not unknown.
  const named = Object.keys((whole as ConfigFileContent | null)?.vendors ?? {})
  const content = checkContent(file, whole, problems)
  const vendors = accountsOfFile(file, content.vendors ?? {}, environment, problems)
  const vendorNames = new Set([...named, ...builtInVendorNames()])
  const builtIn = new Map(catalog.map(model => [model.id, model]))
  return { vendors, models: modelsOfFile(content.models ?? {}, { file, builtIn, vendorNames, problems }) }
}

function noticesOf(
  environment: Environment,
  file: ConfigFile | undefined,
  vendors: readonly Vendor[],
  models: readonly Model[],
): string[] {
  const notices = file ? [`${file.name} was read`] : []
  if (environment.DATABASE_URL === '') notices.push('DATABASE_URL is empty: the embedded database is used')
  for (const vendor of vendors)
    if (adapterOf(vendor) === undefined)
      notices.push(`${vendor.name}: configured, but this version cannot call its dialect yet`)
    else if (!models.some(model => isPricedAt(vendor, model)))
      notices.push(`${vendor.name}: configured, but no model has a price there: callmissed.yaml can give one`)
  return notices
}

/** Asks for no price but the vendor's own: each is read when it is first asked for, and that of all would stay in memory. */
function isPricedAt({ name }: Vendor, model: Model): boolean {
  return model.offerings.some(
    offering => offering.vendor === name && (offering.price ?? model.price) !== undefined,
  )
}
