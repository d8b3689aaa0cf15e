import { expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Glob } from 'bun'
import packageJson from '../package.json' with { type: 'json' }
import { VENDORS } from '../src/catalog/vendors'

const root = join(import.meta.dir, '..')
const read = (path: string) => Bun.file(join(root, path)).text()
const readme = await read('README.md')

test('the README’s variables are those that the gateway reads', async () => {
  const table = readme.split('\n').filter(line => /^\| `[A-Z]/.test(line))
  const named = table.flatMap(line =>
    [...line.split('|')[1]!.matchAll(/`([A-Z_]+)`/g)].map(match => match[1]!),
  )
  const code = (
    await Promise.all(['server-settings', 'secret', 'load'].map(name => read(`src/config/${name}.ts`)))
  ).join()
  const READ = /'([A-Z][A-Z_]{3,})'[,\])]|environment\.([A-Z][A-Z_]{3,})/g
  const settings = [...code.matchAll(READ)].map(match => (match[1] ?? match[2])!)
  const keys = new Set(VENDORS.flatMap(({ keyVariable }) => keyVariable ?? []))
  for (const name of named)
    expect({ name, isRead: settings.includes(name) || keys.has(name) }).toEqual({ name, isRead: true })
  for (const name of new Set(settings))
    expect({ name, isNamed: named.includes(name) }).toEqual({ name, isNamed: true })
})

test('the README’s commands are scripts of the package, on the pinned Bun', () => {
  const commands = [...readme.matchAll(/\bbun(?:@([\d.]+))? (?:run )?(\w+)/g)]
  expect(commands.length).toBeGreaterThan(6)
  for (const [command, version, script] of commands) {
    if (version !== undefined)
      expect({ command, version }).toEqual({ command, version: packageJson.engines.bun })
    expect({ command, isScript: script! in packageJson.scripts }).toEqual({ command, isScript: true })
  }
})

test('every link between the documents leads somewhere', async () => {
  const pages = ['*.md', 'docs/*.md', 'bench/*.md'].flatMap(pattern => [...new Glob(pattern).scanSync(root)])
  expect(pages).toContain('ARCHITECTURE.md')
  for (const page of pages)
    for (const [, target] of (await read(page)).matchAll(/\]\((?!https?:|#)([^)#]+)/g))
      expect({ page, target, isThere: existsSync(join(root, dirname(page), target!)) }).toEqual({
        page,
        target,
        isThere: true,
      })
})

test('every page of docs can be reached from the README', async () => {
  for (const page of new Glob('docs/*.md').scanSync(root))
    expect({ page, isLinked: readme.includes(`](${page}`) }).toEqual({ page, isLinked: true })
})

test('ARCHITECTURE.md is one page, and its table has the folders that there are', async () => {
  const text = await read('ARCHITECTURE.md')
  expect(text.split('\n').length).toBeLessThan(125)
  const named = text
    .split('\n')
    .flatMap(line => (/^\| `/.test(line) ? [...line.split('|')[1]!.matchAll(/`(\w+)`/g)] : []))
    .map(match => match[1]!)
  const folders = [...new Glob('*/').scanSync({ cwd: join(root, 'src'), onlyFiles: false })].filter(
    name => !name.includes('.'),
  )
  for (const folder of folders)
    expect({ folder, isNamed: named.includes(folder) }).toEqual({ folder, isNamed: true })
})
