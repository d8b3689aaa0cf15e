import { afterEach, beforeEach, expect, test } from 'bun:test'
import { appendFileSync, existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import {
  compareVersions,
  type Extent,
  installMissing,
  isInstalled,
  refuseOldBun,
} from '../../src/boot/install'
import { createProject } from './project'

let project: ReturnType<typeof createProject>
beforeEach(() => {
  project = createProject('1.4.5')
})
afterEach(() => project.remove())

async function install(extent: Extent) {
  const said: string[] = []
  const failed = await installMissing(project.root, extent, line => said.push(line))
  return { said, failed }
}

const has = (name: string) => existsSync(join(project.root, 'node_modules', name, 'package.json'))

test('installs once, says so in one line, and is silent afterwards', async () => {
  expect(await install('all')).toEqual({ said: [expect.stringContaining('installing')], failed: undefined })
  expect([has('needed'), has('tool')]).toEqual([true, true])
  expect(await install('all')).toEqual({ said: [], failed: undefined })
  expect(await install('production')).toEqual({ said: [], failed: undefined })
})

test('a start installs no tools, and a check afterwards brings them', async () => {
  await install('production')
  expect([has('needed'), has('tool')]).toEqual([true, false])
  expect(isInstalled(project.root, 'all')).toBe(false)
  await install('all')
  expect([has('needed'), has('tool')]).toEqual([true, true])
})

test('a changed lockfile is installed again, and a checkout with tools keeps them', async () => {
  await install('all')
  appendFileSync(join(project.root, 'bun.lock'), '\n')
  rmSync(join(project.root, 'node_modules', 'tool'), { recursive: true })
  expect((await install('production')).said).toHaveLength(1)
  expect(has('tool')).toBe(true)
  expect(isInstalled(project.root, 'all')).toBe(true)
})

test('a failed install is told with its reason and counts as none', async () => {
  project.write('package.json', {
    ...project.manifest,
    dependencies: { needed: 'file:./packages/elsewhere' },
  })
  const { failed } = await install('production')
  expect(failed).toStartWith('Packages could not be installed')
  expect(failed?.split('\n').length).toBeGreaterThan(1)
  expect(isInstalled(project.root, 'production')).toBe(false)
})

test('packages without our stamp may be half an install and are installed again', async () => {
  await install('production')
  rmSync(join(project.root, 'node_modules', '.installed-production'))
  expect((await install('production')).said).toHaveLength(1)
})

test('an older Bun is refused with the command that works', () => {
  expect(refuseOldBun(project.root, '1.4.4')).toBe(
    'This needs Bun 1.4.5 or newer; it was started with Bun 1.4.4. Run: npx -y bun@1.4.5 start',
  )
  for (const version of ['1.4.5', '1.4.6', '1.10.0', '2.0.0', '1.4.5-canary.1'])
    expect(refuseOldBun(project.root, version)).toBeUndefined()
})

test('versions are compared as numbers', () => {
  const ordered = ['0.9.9', '1.3.10', '1.4.5', '1.4.10', '1.10.0', '2.0.0']
  for (let at = 1; at < ordered.length; at++) {
    expect(compareVersions(ordered[at - 1]!, ordered[at]!)).toBeLessThan(0)
    expect(compareVersions(ordered[at]!, ordered[at - 1]!)).toBeGreaterThan(0)
  }
  expect(compareVersions('1.4', '1.4.0')).toBe(0)
})
