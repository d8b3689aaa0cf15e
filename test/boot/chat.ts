import { symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type ServingGateway, temporaryFolder } from './start-process'

const ROOT = resolve(import.meta.dir, '..', '..')

export interface ChatOptions {
  key?: string | undefined
  stream?: boolean
  model?: string
  signal?: AbortSignal
}

/** Asks for a chat completion of the demo vendor, whose directives stand in the text. */
export function chat(gateway: ServingGateway, text: string, options: ChatOptions = {}): Promise<Response> {
  const { key = gateway.key, stream = false, model = 'demo', signal } = options
  return fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, stream, messages: [{ role: 'user', content: text }] }),
    ...(signal && { signal }),
  })
}

/** The code with which the gateway refuses a key, as soon as it does; undefined if it still takes it after the time. */
export async function refusalWithin(
  gateway: ServingGateway,
  timeoutMs: number,
  key = gateway.key,
): Promise<string | undefined> {
  const until = performance.now() + timeoutMs
  while (performance.now() < until) {
    const response = await fetch(`${gateway.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } })
    if (!response.ok) return codeOf(response)
    await response.body?.cancel()
    await Bun.sleep(20)
  }
  return undefined
}

/** The code of an error answer. */
export async function codeOf(response: Response): Promise<string> {
  return ((await response.json()) as { error: { code: string } }).error.code
}

/** Pastes a line into a shell that stands in the project's folder. */
export async function paste(line: string, env: Record<string, string> = {}) {
  // The line says `bun`: it is this one, also where Bun came through npx.
  const path = temporaryFolder()
  symlinkSync(process.execPath, join(path, 'bun'))
  const run = Bun.spawn(['bash', '-c', line], {
    cwd: ROOT,
    env: { HOME: process.env.HOME, ...env, PATH: `${path}:${process.env.PATH}` },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [stdout, stderr] = await Promise.all([run.stdout.text(), run.stderr.text()])
  return { exitCode: await run.exited, stdout, stderr }
}
