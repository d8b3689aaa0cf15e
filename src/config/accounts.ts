import { VENDORS, vendorAt, vendorFacts } from '../catalog/vendors'
import {
  DEFAULT_TIMEOUTS,
  DIALECTS,
  type Dialect,
  type Timeouts,
  type Vendor,
  type VendorFacts,
} from '../vendors/vendor'
import { parseBaseUrl } from './address'
import { awsMember } from './aws-account'
import type { ConfigFile } from './config-file'
import type { Environment } from './environment'
import { googleMember } from './google-account'
import { readHeaders } from './headers'
import { type Problems, shown } from './problems'
import { readVendorKey, secretFault } from './secret'
import { transportOf } from './transport'
import { withTwins } from './twins'
import { DIALECT_FIELDS, type VendorEntry } from './vendor-schema'

/** The built-in vendor that only DEMO brings; a file must not stand in for it. */
const RESERVED_NAME = 'demo'

/** The vendors that the catalog knows, configured or not. */
export function builtInVendorNames(): string[] {
  return VENDORS.map(({ name }) => name)
}

/** The built-in vendors whose key's variable is set. */
export function accountsOfEnvironment(environment: Environment, problems: Problems): Vendor[] {
  return VENDORS.flatMap(({ keyVariable, name, dialect, conforms, baseUrl, onDisconnect }) => {
    const credential = keyVariable && readVendorKey(environment, keyVariable, problems)
    if (!credential) return []
    const reached = { timeouts: DEFAULT_TIMEOUTS, ...transportOf(undefined, baseUrl, environment) }
    return [{ name, dialect, conforms, baseUrl, onDisconnect, credential, headers: {}, ...reached }]
  })
}

/** Where an entry stands and what it builds on. */
interface Entry {
  name: string
  fields: VendorEntry
  /** The catalog's facts of the vendor of this very name. */
  own: VendorFacts | undefined
  /** The catalog's facts of the vendor that `dialect` names. */
  named: VendorFacts | undefined
  report(field: string, found: string, allowed: string): void
}

/** The accounts that the file names, each checked whole. */
export function accountsOfFile(
  file: ConfigFile,
  entries: Readonly<Record<string, VendorEntry>>,
  environment: Environment,
  problems: Problems,
): Vendor[] {
  return Object.entries(entries).map(([name, given]) => {
    const report = (field: string, found: string, allowed: string) =>
      problems.add(file.placeOf(['vendors', name, ...(field ? [field] : [])]), found, allowed)
    const own = vendorFacts(name)
    const found = { name, fields: given, own, named: vendorFacts(given.dialect ?? ''), report }
    if (name === RESERVED_NAME)
      report('', 'the name of the built-in demo vendor', 'any other name; DEMO=1 keeps it')
    const dialect = dialectOf(found)
    checkDialectFields(found, dialect)
    const fields = withTwins(given, dialect, environment)
    const entry: Entry = { ...found, fields }
    const baseUrl = baseUrlOf(entry)
    const facts = entry.named ?? own ?? vendorAt(baseUrl, dialect)
    return {
      name,
      ...kinMember(entry),
      dialect,
      conforms: conforms(entry),
      baseUrl,
      ...(fields.api_version !== undefined && { apiVersion: fields.api_version }),
      credential: credentialOf(entry, environment, problems),
      headers: readHeaders(file, ['vendors', name, 'headers'], fields.headers ?? {}, problems),
      onDisconnect: fields.on_disconnect ?? facts?.onDisconnect ?? 'abort',
      timeouts: timeoutsOf(fields),
      ...(dialect === 'bedrock' && awsMember(fields, report)),
      ...(dialect === 'vertex' && googleMember(fields, report)),
      ...transportOf(fields.transport, baseUrl, environment),
    }
  })
}

const isDialect = (name: string): name is Dialect => (DIALECTS as readonly string[]).includes(name)

function dialectOf({ fields, own, named, report }: Entry): Dialect {
  const { dialect } = fields
  if (dialect !== undefined && isDialect(dialect)) return dialect
  const facts = named ?? own
  if (!facts)
    report('dialect', 'nothing', `it is required: ${DIALECTS.join(', ')}, or a built-in vendor's name`)
  return facts?.dialect ?? 'openai'
}

/** `openai` is the promise of a user that bytes can pass through; otherwise the catalog says so or nobody does. */
function conforms({ fields, own, named }: Entry): boolean {
  if (fields.dialect === 'openai') return true
  return (fields.dialect === undefined ? own : named)?.conforms ?? false
}

/** A vendor that is named for its facts. A bare dialect is none, even where a vendor is called the same. */
function kin({ fields, own, named }: Entry): VendorFacts | undefined {
  return own ?? (fields.dialect !== undefined && isDialect(fields.dialect) ? undefined : named)
}

/** Under another name it deviates as the vendor that its dialect names. */
function kinMember({ name, fields, named }: Entry): Pick<Vendor, 'kin'> {
  const isNamed = named !== undefined && fields.dialect !== undefined && !isDialect(fields.dialect)
  return isNamed && named.name !== name ? { kin: named.name } : {}
}

function baseUrlOf(entry: Entry): string {
  const { fields, report } = entry
  if (fields.base_url === undefined) return builtInBaseUrl(entry)
  const parsed = parseBaseUrl(fields.base_url)
  if ('url' in parsed) return parsed.url
  report('base_url', parsed.fault, 'an http or https URL without credentials, query and fragment')
  return ''
}

/** The catalog's address with `{region}` and the like taken from the entry's fields. */
function builtInBaseUrl(entry: Entry): string {
  const { fields, named, report } = entry
  const facts = kin(entry)
  const hint = named && !facts ? ` (${named.name} itself is at ${named.baseUrl})` : ''
  if (!facts)
    report('base_url', 'nothing', `it is required unless the dialect is a built-in vendor's name${hint}`)
  return (facts?.baseUrl ?? '').replace(/\{(\w+)\}/g, (_, part: string) => {
    const value = part in DIALECT_FIELDS ? fields[part as keyof VendorEntry] : undefined
    if (typeof value === 'string') return value
    report(
      part in DIALECT_FIELDS ? part : 'base_url',
      'nothing',
      `it is required: ${facts?.baseUrl} needs it`,
    )
    return ''
  })
}

/** The key's variable of a built-in vendor is used at that vendor's own address, or under its own name: nowhere else. */
function credentialOf(entry: Entry, environment: Environment, problems: Problems): string {
  const { fields, own, report } = entry
  if (fields.api_key !== undefined) {
    const fault = secretFault(fields.api_key)
    if (fault !== undefined) report('api_key', fault, 'visible ASCII characters without blanks')
    return fields.api_key
  }
  const facts = fields.base_url === undefined ? kin(entry) : own
  if (facts?.keyVariable === undefined) return ''
  const credential = readVendorKey(environment, facts.keyVariable, problems)
  if (credential === undefined && fields.base_url === undefined)
    report('api_key', 'nothing', `it is required: a text, or set ${facts.keyVariable}`)
  return credential ?? ''
}

function timeoutsOf({ timeouts = {} }: VendorEntry): Timeouts {
  return {
    connect: timeouts.connect ?? DEFAULT_TIMEOUTS.connect,
    firstEvent: timeouts.first_event ?? DEFAULT_TIMEOUTS.firstEvent,
    silence: timeouts.silence ?? DEFAULT_TIMEOUTS.silence,
    total: timeouts.total ?? DEFAULT_TIMEOUTS.total,
  }
}

function checkDialectFields({ fields, report }: Entry, dialect: Dialect): void {
  for (const [field, owner] of Object.entries(DIALECT_FIELDS))
    if (field in fields && dialect !== owner)
      report(field, 'a field of another dialect', `it belongs to dialect ${owner}, this is ${shown(dialect)}`)
}
