import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const SERVING_WITHIN_MS = 30_000

/** A gateway of its own process with an embedded database and the demo vendor, on a free port. */
export async function startGateway() {
  const dataDir = mkdtempSync(join(tmpdir(), 'cm-cli-'))
  const run = Bun.spawn([process.execPath, '-e', "await (await import('./src/main')).main()"], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, PORT: '0', DATA_DIR: dataDir, LOG_LEVEL: 'error' },
    stdout: 'pipe',
    stderr: 'inherit',
  })
  const stop = async () => {
    run.kill('SIGTERM')
    await run.exited
    rmSync(dataDir, { recursive: true, force: true })
  }
  const late = setTimeout(() => run.kill('SIGKILL'), SERVING_WITHIN_MS)
  let output = ''
  const decoder = new TextDecoder()
  for await (const chunk of run.stdout) {
    output += decoder.decode(chunk, { stream: true })
    const url = /curl -N (http:\/\/[^/\s]+)/.exec(output)?.[1]
    if (!url) continue
    clearTimeout(late)
    return { url, dataDir, stop }
  }
  throw new Error(`The gateway did not start: ${output}`)
}

/** Runs `cm` as a person does, against this gateway; the other variables are empty. */
export async function cm(gateway: { url: string; dataDir: string }, ...words: string[]) {
  return cmWith({ CALLMISSED_URL: gateway.url, DATA_DIR: gateway.dataDir }, ...words)
}

export async function cmWith(variables: Record<string, string>, ...words: string[]) {
  const run = Bun.spawn([process.execPath, 'src/cli/main.ts', ...words], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...variables },
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [output, errors, exitCode] = await Promise.all([run.stdout.text(), run.stderr.text(), run.exited])
  return { output, errors, exitCode }
}

/** Runs a line of the shell in which `cm` is the command line; the exit code is that of `cm`. */
export async function shell(variables: Record<string, string>, line: string) {
  const run = Bun.spawn(
    ['bash', '-c', `cm() { "$BUN" src/cli/main.ts "$@"; }; ${line}; exit "\${PIPESTATUS[0]}"`],
    {
      env: { PATH: process.env.PATH, HOME: process.env.HOME, BUN: process.execPath, ...variables },
      stdout: 'pipe',
      stderr: 'pipe',
    },
  )
  const [output, errors, exitCode] = await Promise.all([run.stdout.text(), run.stderr.text(), run.exited])
  return { output, errors, exitCode }
}

/** The variables with which `cm` asks this gateway. */
export const variablesOf = (gateway: { url: string; dataDir: string }) => ({
  CALLMISSED_URL: gateway.url,
  DATA_DIR: gateway.dataDir,
})
