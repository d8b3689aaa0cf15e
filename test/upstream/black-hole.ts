import { createConnection, type Socket } from 'node:net'

export interface BlackHole {
  url: string
  stop(): Promise<void>
}

/**
 * An address of this machine that answers no SYN: a stopped process listens there, and its backlog is full.
 * The kernel completes connections until then, so they are made here first.
 */
export async function startBlackHole(): Promise<BlackHole> {
  const listen = "console.log(Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } }).port)"
  const child = Bun.spawn([process.execPath, '-e', listen], { stdout: 'pipe' })
  const { value } = await child.stdout.getReader().read()
  const port = Number(new TextDecoder().decode(value))
  child.kill('SIGSTOP')
  const filling: Socket[] = []
  while (await connects(port, filling));
  return {
    url: `http://127.0.0.1:${port}/v1`,
    async stop() {
      for (const socket of filling) socket.destroy()
      child.kill('SIGKILL')
      await child.exited
    },
  }
}

function connects(port: number, sockets: Socket[]): Promise<boolean> {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, 300, false)
    const socket = createConnection(port, '127.0.0.1', () => {
      clearTimeout(timer)
      resolve(true)
    })
    socket.on('error', () => {})
    sockets.push(socket)
  })
}
