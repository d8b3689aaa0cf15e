import { resolve } from 'node:path'
import { LOG_LEVELS, type LogLevel } from '../lib/log'
import { isAddress, isHost, parseOrigin, parseUrl } from './address'
import type { Config } from './config'
import type { Environment } from './environment'
import { type Problems, shown } from './problems'
import { parseBytes, parseList, parseSecondsAsMs, parseSwitch, parseWhole } from './quantity'
import { readAdminKey } from './secret'

const GIB = 2 ** 30
const MAX_WORKERS = 256
const MAX_PORT = 65_535
const MAX_MONTHS = 1_200
const MAX_GRACE_MS = 86_400_000

/** The part of the configuration that comes from environment variables alone. */
export type ServerSettings = Omit<Config, 'demo' | 'vendors' | 'models' | 'notices'> & {
  /** Undefined: only while no other vendor is configured. */
  demo: boolean | undefined
}

/** Reads every variable of the server; what is wrong goes to `problems` and its default stands in. Empty counts as unset. */
export function readServerSettings(
  environment: Environment,
  cwd: string,
  problems: Problems,
): ServerSettings {
  const read = reader(environment, problems)
  const databaseUrl = readDatabaseUrl(environment, 'DATABASE_URL', problems)
  const host = read('HOST', '127.0.0.1', 'an IP address or a host name, without a port', hostOf)
  const bytes = (name: string, fallback: number) =>
    read(name, fallback, '1 to 2 GiB, in bytes or as "64MiB"', text => within(parseBytes(text), 1, 2 * GIB))
  const flag = (name: string) => read(name, undefined, '1 or 0', parseSwitch)
  return {
    port: read('PORT', 4000, `a whole number from 0 to ${MAX_PORT}`, text =>
      within(parseWhole(text), 0, MAX_PORT),
    ),
    host,
    workers: read('WORKERS', 1, `a whole number from 1 to ${MAX_WORKERS}, or auto`, text =>
      text === 'auto' ? text : within(parseWhole(text), 1, MAX_WORKERS),
    ),
    databaseUrl,
    migrateDatabaseUrl: readDatabaseUrl(environment, 'MIGRATE_DATABASE_URL', problems) ?? databaseUrl,
    dataDir: resolve(cwd, environment.DATA_DIR || 'data'),
    adminKey: readAdminKey(environment, problems),
    allowedHosts: allowedHosts(
      read('ALLOWED_HOSTS', [], 'host names separated by commas, or *', hostsOf),
      host,
    ),
    usageDurability: read('USAGE_DURABILITY', 'sync', 'sync or async', durabilityOf),
    usageRetentionMonths: read(
      'USAGE_RETENTION_MONTHS',
      undefined,
      `a whole number from 1 to ${MAX_MONTHS}`,
      text => within(parseWhole(text), 1, MAX_MONTHS),
    ),
    shutdownGraceMs: read('SHUTDOWN_GRACE_SECONDS', 30_000, 'seconds from 0 to 86400', text =>
      within(parseSecondsAsMs(text), 0, MAX_GRACE_MS),
    ),
    demo: flag('DEMO'),
    maxJsonBytes: bytes('MAX_JSON_BYTES', 64 * 2 ** 20),
    maxUploadBytes: bytes('MAX_UPLOAD_BYTES', 200 * 2 ** 20),
    corsOrigins: read(
      'CORS_ORIGINS',
      [],
      'origins such as https://app.example separated by commas, or *',
      originsOf,
    ),
    auditMetadata: flag('AUDIT_METADATA') ?? false,
    metricsPublic: flag('METRICS_PUBLIC') ?? false,
    logLevel: read('LOG_LEVEL', 'info', LOG_LEVELS.join(', '), levelOf),
  }
}

/** One variable: its parsed value, or the fallback where it is unset, empty or wrong. */
function reader(environment: Environment, problems: Problems) {
  return <T, F>(
    name: string,
    fallback: F,
    allowed: string,
    parse: (text: string) => T | undefined,
  ): T | F => {
    const text = environment[name]
    if (text === undefined || text === '') return fallback
    const value = parse(text)
    if (value === undefined) problems.add(name, shown(text), allowed)
    return value ?? fallback
  }
}

function readDatabaseUrl(environment: Environment, name: string, problems: Problems): string | undefined {
  const text = environment[name]
  if (text === undefined || text === '') return undefined
  if (parseUrl(text, ['postgres:', 'postgresql:'])) return text
  problems.add(
    name,
    'a text that is no PostgreSQL URL',
    'postgres://user:password@host:5432/database, or unset',
  )
  return undefined
}

function within(value: number | undefined, least: number, most: number): number | undefined {
  return value !== undefined && value >= least && value <= most ? value : undefined
}

const hostOf = (text: string) => (isHost(text) ? text.toLowerCase() : undefined)

/** HOST is always accepted where it is a name; addresses and loopback names need no mention. */
function allowedHosts(listed: readonly string[], host: string): readonly string[] {
  return isAddress(host) || listed.includes(host) ? listed : [...listed, host]
}

function hostsOf(text: string): string[] | undefined {
  const names = parseList(text.toLowerCase()).map(name => name.replace(/^\[(.*)\]$/, '$1'))
  return names.length > 0 && names.every(name => name === '*' || isHost(name)) ? names : undefined
}

function originsOf(text: string): string[] | undefined {
  const origins = parseList(text).map(parseOrigin)
  return origins.length > 0 && origins.every(origin => origin !== undefined) ? origins : undefined
}

const durabilityOf = (text: string) => (text === 'sync' || text === 'async' ? text : undefined)

const levelOf = (text: string): LogLevel | undefined => LOG_LEVELS.find(level => level === text)
