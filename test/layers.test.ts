import { expect, test } from 'bun:test'
import { Glob } from 'bun'

/** Who may import whom: the table of ARCHITECTURE.md. A folder that is not here fails: its row comes in the same commit. */
const ANY = ['*']
const MAY_IMPORT: Record<string, string[]> = {
  errors: [],
  admission: [],
  lib: [],
  wire: ['errors', 'lib'],
  vendors: ['wire', 'lib', 'errors'],
  messages: ['wire', 'lib', 'errors'],
  catalog: ['vendors', 'wire', 'lib', 'errors'],
  db: ['errors', 'lib'],
  auth: ['admission', 'db', 'errors', 'lib'],
  limits: ['admission', 'db', 'errors', 'lib'],
  replay: ['db', 'errors', 'lib'],
  routing: ['catalog', 'vendors', 'wire', 'errors', 'lib'],
  upstream: ['admission', 'http1', 'vendors', 'wire', 'errors', 'lib'],
  usage: ['spool', 'db', 'vendors', 'wire', 'catalog', 'errors', 'lib'],
  gateway: [
    'admission',
    'auth',
    'limits',
    'replay',
    'routing',
    'upstream',
    'usage',
    'vendors',
    'catalog',
    'messages',
    'wire',
    'openapi',
    'errors',
    'lib',
  ],
  openapi: ['errors'],
  admin: ['auth', 'usage', 'catalog', 'db', 'wire', 'openapi', 'errors', 'lib'],
  ops: ['config', 'usage', 'openapi', 'errors', 'lib'],
  config: ['catalog', 'vendors', 'lib', 'errors'],
  demo: ['lib'],
  spool: ['lib', 'errors'],
  cli: ['lib'],
  app: ANY,
  http: ['errors', 'lib'],
  http1: ['errors', 'lib'],
  boot: ANY,
  main: ANY,
  start: ['boot', 'main'],
}

const ELYSIA = new Set(['gateway', 'admin', 'ops', 'app'])
const MAX_LINES = 300
const source = new Glob('**/*.ts').scanSync('src')
const files = [...source].map(path => ({ path, text: '' }))
for (const file of files) file.text = await Bun.file(`src/${file.path}`).text()

const folderOf = (path: string) => path.split('/')[0]!.replace(/\.ts$/, '')

function importsOf(path: string, text: string): string[] {
  const found = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map(match => match[1]!)
  return found.map(target => new URL(target, `file:///src/${path}`).pathname.replace('/src/', ''))
}

test('every folder imports only what its row allows', () => {
  const broken: string[] = []
  for (const { path, text } of files) {
    const folder = folderOf(path)
    const allowed = MAY_IMPORT[folder]
    if (!allowed) broken.push(`${path}: no row for ${folder}`)
    for (const target of importsOf(path, text)) {
      const other = folderOf(target)
      if (other === folder || allowed === ANY || allowed?.includes(other)) continue
      if (other.endsWith('.json')) continue
      broken.push(`${path} imports ${other}`)
    }
  }
  expect(broken).toEqual([])
})

test('what runs before the packages are there imports nothing of them', () => {
  const before = files.filter(({ path }) => path === 'start.ts' || path === 'boot/install.ts')
  const imports = before.flatMap(({ path, text }) =>
    [...text.matchAll(/from '([^']+)'/g)].map(([, name]) => `${path}: ${name}`),
  )
  expect(imports.filter(name => !/: (node:|\.\/boot\/install$)/.test(name))).toEqual([])
})

test('elysia, the environment and fetch stay where they belong', () => {
  const broken: string[] = []
  for (const { path, text } of files) {
    const folder = folderOf(path)
    if (/from 'elysia'/.test(text) && !ELYSIA.has(folder)) broken.push(`${path} uses elysia`)
    if (/\b(Bun|process)\.env\b/.test(text) && !['config', 'cli', 'start'].includes(folder))
      broken.push(`${path} reads the environment`)
    if (/(?<![.\w])fetch\(/.test(text) && !['upstream', 'cli'].includes(folder))
      broken.push(`${path} fetches`)
  }
  expect(broken).toEqual([])
})

test('a dialect is pure: no clock, no chance, no timer, and it writes neither a chunk of OpenAI’s nor an event', () => {
  const impure =
    /Date\.now|new Date\(\)|Math\.random|performance\.|setTimeout|setInterval|randomUUID|getRandomValues|chat\.completion\.chunk|['`]data: /
  const vendors = files.filter(({ path }) => folderOf(path) === 'vendors')
  expect(vendors.filter(({ text }) => impure.test(text)).map(({ path }) => path)).toEqual([])
})

test('no file is longer than a few screens, none is a drawer for everything', () => {
  const long = files.filter(({ text }) => text.split('\n').length > MAX_LINES).map(({ path }) => path)
  const drawers = files
    .filter(({ path }) => /(^|\/)(index|utils?|helpers?|types|misc|common)\.ts$/.test(path))
    .map(({ path }) => path)
  expect({ long, drawers }).toEqual({ long: [], drawers: [] })
})
