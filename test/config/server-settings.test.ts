import { expect, test } from 'bun:test'
import { CWD, loadGood, problemsOf } from './read'

test('every variable has the default of the contract', () => {
  const { vendors, models, notices, ...server } = loadGood({})
  expect(server).toEqual({
    port: 4000,
    host: '127.0.0.1',
    workers: 1,
    databaseUrl: undefined,
    migrateDatabaseUrl: undefined,
    dataDir: `${CWD}/data`,
    adminKey: undefined,
    allowedHosts: [],
    usageDurability: 'sync',
    usageRetentionMonths: undefined,
    shutdownGraceMs: 30_000,
    demo: true,
    maxJsonBytes: 64 * 1024 * 1024,
    maxUploadBytes: 200 * 1024 * 1024,
    corsOrigins: [],
    auditMetadata: false,
    metricsPublic: false,
    logLevel: 'info',
  })
  expect({ vendors, notices }).toEqual({ vendors: [], notices: [] })
  expect(models.length).toBeGreaterThan(0)
})

test('every variable is read', () => {
  const config = loadGood({
    PORT: '0',
    HOST: 'Gateway.Internal',
    DATABASE_URL: 'postgres://app:pw@db/callmissed',
    MIGRATE_DATABASE_URL: 'postgresql://owner:pw@db/callmissed',
    DATA_DIR: '../state',
    CALLMISSED_ADMIN_KEY: 'a-long-admin-key',
    ALLOWED_HOSTS: 'api.example, API2.example',
    WORKERS: 'auto',
    USAGE_DURABILITY: 'async',
    USAGE_RETENTION_MONTHS: '18',
    SHUTDOWN_GRACE_SECONDS: '2.5',
    DEMO: '1',
    MAX_JSON_BYTES: '1MiB',
    MAX_UPLOAD_BYTES: '2000',
    CORS_ORIGINS: 'https://app.example,http://localhost:5173/',
    AUDIT_METADATA: '1',
    METRICS_PUBLIC: 'true',
    LOG_LEVEL: 'debug',
    OPENAI_API_KEY: 'sk-of-the-environment',
  })
  const { vendors, models: _models, notices: _notices, ...server } = config
  expect(server).toEqual({
    port: 0,
    host: 'gateway.internal',
    workers: 'auto',
    databaseUrl: 'postgres://app:pw@db/callmissed',
    migrateDatabaseUrl: 'postgresql://owner:pw@db/callmissed',
    dataDir: '/srv/state',
    adminKey: 'a-long-admin-key',
    allowedHosts: ['api.example', 'api2.example', 'gateway.internal'],
    usageDurability: 'async',
    usageRetentionMonths: 18,
    shutdownGraceMs: 2500,
    demo: true,
    maxJsonBytes: 2 ** 20,
    maxUploadBytes: 2000,
    corsOrigins: ['https://app.example', 'http://localhost:5173'],
    auditMetadata: true,
    metricsPublic: true,
    logLevel: 'debug',
  })
  expect(vendors.map(({ name, credential, conforms }) => ({ name, credential, conforms }))).toEqual([
    { name: 'openai', credential: 'sk-of-the-environment', conforms: true },
  ])
})

test('the migrating role is the serving one unless another is named', () => {
  expect(loadGood({ DATABASE_URL: 'postgres://db/x' }).migrateDatabaseUrl).toBe('postgres://db/x')
})

test('demo stands in only while no vendor is configured, unless it is asked for or forbidden', () => {
  const withKey = { OPENAI_API_KEY: 'sk-test' }
  expect(loadGood({}).demo).toBe(true)
  expect(loadGood(withKey).demo).toBe(false)
  expect(loadGood({ ...withKey, DEMO: '1' }).demo).toBe(true)
  expect(loadGood({ DEMO: '0' }).demo).toBe(false)
  expect(loadGood({ ANTHROPIC_API_KEY: 'sk-ant' }).demo).toBe(false)
})

test('an empty variable counts as unset, and an empty vendor key switches nothing on', () => {
  const config = loadGood({
    PORT: '',
    HOST: '',
    DATABASE_URL: '',
    OPENAI_API_KEY: '',
    DEMO: '',
    CALLMISSED_CONFIG: '',
  })
  expect(config).toMatchObject({ port: 4000, host: '127.0.0.1', vendors: [], demo: true })
  expect(config.notices).toEqual(['DATABASE_URL is empty: the embedded database is used'])
})

test('a vendor whose dialect cannot be called yet is kept and said', () => {
  const config = loadGood({ VOYAGE_API_KEY: 'secret' })
  expect(config.vendors.map(vendor => vendor.name)).toEqual(['voyage'])
  expect(config.notices).toEqual(['voyage: configured, but this version cannot call its dialect yet'])
})

const BAD: [variable: string, value: string, says: string][] = [
  ['PORT', 'abc', 'found "abc"; allowed: a whole number from 0 to 65535'],
  ['PORT', '65536', 'from 0 to 65535'],
  ['PORT', '-1', 'from 0 to 65535'],
  ['PORT', '80.5', 'from 0 to 65535'],
  ['PORT', '0x50', 'from 0 to 65535'],
  ['HOST', 'localhost:4000', 'without a port'],
  ['HOST', 'http://localhost', 'without a port'],
  ['DATABASE_URL', 'mysql://db/x', 'no PostgreSQL URL'],
  ['DATABASE_URL', 'db/x', 'no PostgreSQL URL'],
  ['MIGRATE_DATABASE_URL', 'nothing', 'no PostgreSQL URL'],
  ['CALLMISSED_CONFIG', 'absent.yaml', 'found "absent.yaml": no such file'],
  ['CALLMISSED_ADMIN_KEY', '', 'found an empty text'],
  ['CALLMISSED_ADMIN_KEY', '   ', 'blank'],
  ['CALLMISSED_ADMIN_KEY', 'short', 'too short'],
  ['CALLMISSED_ADMIN_KEY', 'long enough but blanks', 'blanks'],
  ['CALLMISSED_ADMIN_KEY', 'changeme', 'well-known'],
  ['ALLOWED_HOSTS', 'good.example,bad host:1', 'host names separated by commas'],
  ['WORKERS', '0', 'a whole number from 1 to 256, or auto'],
  ['WORKERS', '257', 'a whole number from 1 to 256, or auto'],
  ['WORKERS', 'two', 'a whole number from 1 to 256, or auto'],
  ['USAGE_DURABILITY', 'maybe', 'sync or async'],
  ['USAGE_RETENTION_MONTHS', '0', 'a whole number from 1 to 1200'],
  ['USAGE_RETENTION_MONTHS', '1.5', 'a whole number from 1 to 1200'],
  ['SHUTDOWN_GRACE_SECONDS', '-3', 'seconds from 0'],
  ['SHUTDOWN_GRACE_SECONDS', '1e3', 'seconds from 0'],
  ['DEMO', 'yes', '1 or 0'],
  ['DEMO', 'constructor', '1 or 0'],
  ['MAX_JSON_BYTES', '0', '1 to 2 GiB'],
  ['MAX_JSON_BYTES', '64 MegaBytes', '1 to 2 GiB'],
  ['MAX_UPLOAD_BYTES', '3GiB', '1 to 2 GiB'],
  ['CORS_ORIGINS', 'app.example', 'origins such as'],
  ['CORS_ORIGINS', 'https://app.example/path', 'origins such as'],
  ['AUDIT_METADATA', '2', '1 or 0'],
  ['METRICS_PUBLIC', 'on', '1 or 0'],
  ['LOG_LEVEL', 'loud', 'debug, info, warn, error'],
  ['OPENAI_API_KEY', 'sk-x\n', 'line break'],
]

for (const [variable, value, says] of BAD) {
  test(`${variable}=${JSON.stringify(value)} is one problem that names it`, () => {
    const problems = problemsOf({ [variable]: value })
    expect(problems).toHaveLength(1)
    expect(problems[0]).toStartWith(`${variable}: found `)
    expect(problems[0]).toContain(says)
  })
}

test('all variables that are wrong are named at once', () => {
  const wrong = Object.fromEntries(BAD.map(([variable, value]) => [variable, value]))
  const named = problemsOf(wrong).map(problem => problem.split(':')[0] ?? '')
  expect(named.sort()).toEqual(Object.keys(wrong).sort())
})
