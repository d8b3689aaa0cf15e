import { connect, createServer, type Socket } from 'node:net'
import { freePort } from './wait.ts'

/** Stands between a gateway and its database, and can be cut like a cable. */
export interface Relay {
  /** The database's URL through it. */
  url: string
  /** Breaks every connection; new ones are refused until `mend`. */
  cut(): void
  mend(): Promise<void>
}

/** Opens a relay to a database's server. */
export async function openRelay(databaseUrl: string): Promise<Relay> {
  const to = new URL(databaseUrl)
  const port = freePort()
  const open = new Set<Socket>()
  const server = createServer(near => {
    const far = connect(Number(to.port || 5432), to.hostname)
    for (const [from, into] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from)
      from.pipe(into)
      from.on('error', () => into.destroy())
      from.on('close', () => {
        open.delete(from)
        into.destroy()
      })
    }
  })
  const mend = () => new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
  await mend()
  return {
    url: Object.assign(new URL(databaseUrl), { host: `127.0.0.1:${port}` }).href,
    cut() {
      server.close()
      for (const socket of open) socket.destroy()
    },
    mend,
  }
}
