import type { Dialect } from '../vendors/vendor'
import type { Environment } from './environment'
import type { VendorEntry } from './vendor-schema'

/** The variables that stand in for an entry's field where the file leaves it out: the names that the clouds' own tools read. */
const TWINS: Partial<Record<Dialect, Partial<Record<keyof VendorEntry, readonly string[]>>>> = {
  azure: {
    base_url: ['AZURE_OPENAI_BASE_URL'],
    api_key: ['AZURE_OPENAI_API_KEY'],
    api_version: ['AZURE_OPENAI_API_VERSION'],
  },
  bedrock: {
    region: ['AWS_REGION', 'AWS_DEFAULT_REGION'],
    api_key: ['AWS_BEARER_TOKEN_BEDROCK'],
    access_key_id: ['AWS_ACCESS_KEY_ID'],
    secret_access_key: ['AWS_SECRET_ACCESS_KEY'],
    session_token: ['AWS_SESSION_TOKEN'],
  },
  vertex: {
    project: ['GOOGLE_CLOUD_PROJECT'],
    location: ['GOOGLE_CLOUD_LOCATION'],
    credentials_file: ['GOOGLE_APPLICATION_CREDENTIALS'],
  },
}

/**
 * An entry with what the environment says of it. Keys that the file gives are a whole: the environment's, of another
 * account perhaps, are not mixed with them.
 */
export function withTwins(fields: VendorEntry, dialect: Dialect, environment: Environment): VendorEntry {
  const hasOwnKeys = fields.api_key !== undefined || fields.access_key_id !== undefined
  const found = Object.entries(TWINS[dialect] ?? {}).flatMap(([field, names]) => {
    if (fields[field as keyof VendorEntry] !== undefined || (hasOwnKeys && KEYS.has(field))) return []
    const value = names.map(name => environment[name]).find(text => text !== undefined && text !== '')
    return value === undefined ? [] : [[field, value] as const]
  })
  return { ...fields, ...Object.fromEntries(found) }
}

const KEYS = new Set(['api_key', 'access_key_id', 'secret_access_key', 'session_token'])
