import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A small project with two packages of its own, one of them a tool: nothing has to be fetched. Removed with `remove`. */
export function createProject(engine = '1.0.0') {
  const root = mkdtempSync(join(tmpdir(), 'install-'))
  for (const name of ['needed', 'tool']) {
    mkdirSync(join(root, 'packages', name), { recursive: true })
    write(join('packages', name, 'package.json'), { name, version: '1.0.0', main: 'main.js' })
    write(join('packages', name, 'main.js'), `module.exports = '${name}'`)
  }
  function write(path: string, content: unknown): void {
    writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content))
  }
  const manifest = {
    name: 'project',
    engines: { bun: engine },
    dependencies: { needed: 'file:./packages/needed' },
    devDependencies: { tool: 'file:./packages/tool' },
  }
  write('package.json', manifest)
  for (const file of ['bunfig.toml', 'tsconfig.json']) cpSync(file, join(root, file))
  const lock = Bun.spawnSync([process.execPath, 'install', '--lockfile-only'], { cwd: root })
  if (!lock.success) throw new Error(lock.stderr.toString())
  return {
    root,
    write,
    manifest,
    /** Puts the real start script beside a `main` that only says that it ran. */
    addStart(): void {
      mkdirSync(join(root, 'src'))
      for (const file of ['start.ts', 'boot/install.ts']) cpSync(`src/${file}`, join(root, 'src', file))
      write(
        'src/main.ts',
        "import needed from 'needed'\nexport async function main() { console.log('main has', needed, process.argv.length) }",
      )
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
}
