import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { $, type Subprocess } from 'bun'
import { asUser, buildImage, type Image, isRoot, seal, UNPRIVILEGED } from './container-build'
import { commandWords, of } from './dockerfile'
import { closingLine } from './test-summary'

/**
 * Proves the Dockerfile where there is no container engine: its stages are carried out in folders, from a clean copy
 * of the last commit; then its CMD runs as an unprivileged user that can write to DATA_DIR alone.
 */
const project = resolve(import.meta.dir, '..')
const SERVING_WITHIN_MS = 60_000
const STOPPED_WITHIN_MS = 40_000
const outcomes: boolean[] = []

async function check(name: string, prove: () => Promise<boolean> | boolean): Promise<void> {
  let holds = false
  try {
    holds = await prove()
  } catch (error) {
    console.error(error)
  }
  outcomes.push(holds)
  console.log(`(${holds ? 'pass' : 'fail'}) the image ${name}`)
}

/** The Bun that runs this, where any user can reach it. */
function shareBun(folder: string): string {
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  copyFileSync(process.execPath, join(bin, 'bun'))
  chmodSync(join(bin, 'bun'), 0o755)
  return `${bin}:/usr/bin:/bin`
}

async function freePort(): Promise<number> {
  const listener = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } })
  const { port } = listener
  listener.stop(true)
  return port
}

/** Runs a command as the container would: its user, its variables, its folder, and nothing of ours. */
function spawnInside(
  image: Image,
  words: string[],
  env: Record<string, string>,
): Subprocess<'ignore', 'inherit', 'inherit'> {
  return Bun.spawn([...asUser(UNPRIVILEGED), ...words], {
    cwd: join(image.root, image.workdir),
    env: { ...image.env, ...env },
    stdin: 'ignore',
    stdout: 'inherit',
    stderr: 'inherit',
  })
}

async function untilServing(url: string, gateway: Subprocess): Promise<boolean> {
  const deadline = Date.now() + SERVING_WITHIN_MS
  while (Date.now() < deadline && gateway.exitCode === null) {
    const answer = await fetch(`${url}/health/live`).catch(() => undefined)
    if (answer?.ok) return true
    await Bun.sleep(100)
  }
  return false
}

/** Exit code, or undefined where it did not stop in time. */
async function stop(gateway: Subprocess): Promise<number | undefined> {
  gateway.kill('SIGTERM')
  const late = setTimeout(() => gateway.kill('SIGKILL'), STOPPED_WITHIN_MS)
  const exitCode = await gateway.exited
  clearTimeout(late)
  return gateway.signalCode === 'SIGKILL' ? undefined : exitCode
}

const folder = mkdtempSync(join(tmpdir(), 'cm-'))
chmodSync(folder, 0o755)
try {
  const path = shareBun(folder)
  const image = await buildImage(project, folder, path)
  const data = join(image.root, image.env.DATA_DIR!)
  await seal(image, data)
  const port = await freePort()
  const env = { PATH: path, HOME: '/nonexistent', TMPDIR: '/nonexistent', DATA_DIR: data, PORT: String(port) }
  const url = `http://127.0.0.1:${port}`
  await check('cannot be written by its user', async () => {
    const attempt = spawnInside(
      image,
      ['sh', '-c', 'touch written src/written node_modules/written 2>/dev/null'],
      env,
    )
    return (await attempt.exited) !== 0 && (await $`find ${image.root} -name written`.text()) === ''
  })
  const gateway = spawnInside(image, commandWords(of(image.last, 'CMD').at(-1)!.rest), env)
  await check('serves', () => untilServing(url, gateway))
  await check(
    'runs unprivileged',
    () => !isRoot || /^Uid:\s+1000\s+1000/m.test(readFileSync(`/proc/${gateway.pid}/status`, 'utf8')),
  )
  await check('is healthy by its own HEALTHCHECK', async () => {
    const [health] = of(image.last, 'HEALTHCHECK')
    return (await spawnInside(image, commandWords(health!.rest.replace(/^CMD\s+/, '')), env).exited) === 0
  })
  await check('answers a chat with its first key', async () => {
    const key = (await Bun.file(join(data, 'first-key')).text()).trim()
    const answer = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'demo', messages: [{ role: 'user', content: 'hello' }] }),
    })
    return answer.ok && (await answer.text()).includes('cost_usd')
  })
  await check('stops with exit code 0 on SIGTERM', async () => (await stop(gateway)) === 0)
} catch (error) {
  console.error(error)
  outcomes.push(false)
} finally {
  await $`rm -rf ${folder}`.nothrow()
}
const passed = outcomes.filter(Boolean).length
console.log(closingLine({ passed, failed: outcomes.length - passed, skipped: 0 }))
process.exit(passed === outcomes.length ? 0 : 1)
