import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { createProject } from './project'

/** Runs the start script of a project; when its first line came, in milliseconds, and everything that it said. */
async function start(root: string) {
  const begun = performance.now()
  const run = Bun.spawn([process.execPath, 'src/start.ts'], { cwd: root, stdout: 'pipe', stderr: 'pipe' })
  let firstLineMs = Number.POSITIVE_INFINITY
  let output = ''
  const decoder = new TextDecoder()
  for await (const chunk of run.stdout) {
    output += decoder.decode(chunk, { stream: true })
    if (output.includes('\n')) firstLineMs = Math.min(firstLineMs, performance.now() - begun)
  }
  return { firstLineMs, output, errors: await run.stderr.text(), exitCode: await run.exited }
}

test('prints a line within a second, installs, then runs main', async () => {
  const project = createProject('1.4.5')
  project.addStart()
  const first = await start(project.root)
  const second = await start(project.root)
  project.remove()
  expect(first).toMatchObject({ exitCode: 0, errors: '' })
  // The better of two: the machine may be busy with other things.
  expect(Math.min(first.firstLineMs, second.firstLineMs)).toBeLessThan(1000)
  expect(first.output).toMatch(
    /^CallMissed on Bun [\d.]+: starting …\ninstalling packages .+\nmain has needed \d\n$/,
  )
  expect(second.output).toMatch(/^CallMissed on Bun [\d.]+: starting …\nmain has needed \d\n$/)
})

test('a start that installed passes signals on and ends as the gateway does', async () => {
  const project = createProject('1.4.5')
  project.addStart()
  project.write(
    'src/main.ts',
    "import 'needed'\nexport async function main() { process.on('SIGTERM', () => { console.log('flushed'); process.exit(7) }); setInterval(() => {}, 1000); console.log('serving') }",
  )
  const run = Bun.spawn([process.execPath, 'src/start.ts'], {
    cwd: project.root,
    stdout: 'pipe',
    stderr: 'inherit',
  })
  let output = ''
  const decoder = new TextDecoder()
  for await (const chunk of run.stdout) {
    output += decoder.decode(chunk, { stream: true })
    if (output.endsWith('serving\n')) run.kill('SIGTERM')
  }
  const exitCode = await run.exited
  project.remove()
  expect({ exitCode, end: output.slice(-8) }).toEqual({ exitCode: 7, end: 'flushed\n' })
})

test('a signal while the program is still being read ends the start with 0', async () => {
  const project = createProject('1.4.5')
  project.addStart()
  project.write('src/main.ts', "import 'needed'\nawait Bun.sleep(20_000)\nexport async function main() {}")
  // The first of them installs, and goes on in a process of its own.
  for (const signal of ['SIGTERM', 'SIGTERM', 'SIGINT'] as const) {
    const run = Bun.spawn([process.execPath, 'src/start.ts'], { cwd: project.root, stdout: 'pipe' })
    const decoder = new TextDecoder()
    let output = ''
    for await (const chunk of run.stdout) {
      output += decoder.decode(chunk, { stream: true })
      if (output.includes('starting')) run.kill(signal)
    }
    expect({ signal, exitCode: await run.exited }).toEqual({ signal, exitCode: 0 })
  }
  project.remove()
})

test('a signal while it installs takes the install with it', async () => {
  const project = createProject('1.4.5')
  project.addStart()
  const asked = Promise.withResolvers<void>()
  const gone = Promise.withResolvers<void>()
  // A place to fetch from that takes every request and answers none.
  const mute = Bun.listen({
    hostname: '127.0.0.1',
    port: 0,
    socket: { data: () => asked.resolve(), close: () => gone.resolve() },
  })
  const url = `http://127.0.0.1:${mute.port}/slow.tgz`
  project.write('package.json', { ...project.manifest, dependencies: { slow: url }, devDependencies: {} })
  project.write('bun.lock', {
    lockfileVersion: 1,
    workspaces: { '': { name: 'project', dependencies: { slow: url } } },
    packages: { slow: [`slow@${url}`, {}] },
  })
  const run = Bun.spawn([process.execPath, 'src/start.ts'], { cwd: project.root, stdout: 'ignore' })
  await asked.promise
  run.kill('SIGTERM')
  await gone.promise
  expect(await run.exited).toBe(0)
  mute.stop(true)
  project.remove()
}, 60_000)

test('refuses an older Bun with one line and does nothing else', async () => {
  const project = createProject('99.1.0')
  project.addStart()
  const { output, errors, exitCode } = await start(project.root)
  const installed = await Bun.file(join(project.root, 'node_modules', 'needed', 'package.json')).exists()
  project.remove()
  expect({ output, exitCode, installed }).toEqual({ output: '', exitCode: 1, installed: false })
  expect(errors).toBe(
    `This needs Bun 99.1.0 or newer; it was started with Bun ${Bun.version}. Run: npx -y bun@99.1.0 start\n`,
  )
})

test('a failed install stops the start with a clear line, not with a stack', async () => {
  const project = createProject('1.4.5')
  project.addStart()
  project.write('package.json', { ...project.manifest, dependencies: {} })
  const { output, errors, exitCode } = await start(project.root)
  project.remove()
  expect(exitCode).toBe(1)
  expect(errors).toStartWith('Packages could not be installed')
  expect(output + errors).not.toContain('    at ')
})
