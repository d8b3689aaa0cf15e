import { connect, createServer, type Server, type Socket } from 'node:net'

/** A way to a database that can be shut: what a gateway sees of a server that stops, or of a network that swallows. */
export interface Gate {
  /** The database's URL through this gate; it is the same whenever the gate is open. */
  readonly url: string
  open(): Promise<void>
  /** Refuses connections and cuts those that are open, as a stopped server does. */
  shut(): Promise<void>
  /** Takes connections and bytes, and answers nothing. */
  swallow(): Promise<void>
  /** Connections made since the start. */
  accepted(): number
}

/** Makes a gate that is shut. */
export async function makeGate(databaseUrl: string): Promise<Gate> {
  const { hostname, port } = new URL(databaseUrl)
  const sockets = new Set<Socket>()
  let server: Server | undefined
  let here = 0
  let accepted = 0
  let isSwallowing = false

  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
  }
  const take = (socket: Socket) => {
    accepted++
    keep(socket)
    if (isSwallowing) return void socket.resume()
    const target = connect(Number(port), hostname)
    keep(target)
    socket.pipe(target)
    target.pipe(socket)
    socket.on('close', () => target.destroy())
    target.on('close', () => socket.destroy())
  }
  const listen = async () => {
    if (server) return
    const started = createServer(take)
    await new Promise<void>(done => started.listen(here, '127.0.0.1', done))
    here = (started.address() as { port: number }).port
    server = started
  }
  const shut = async () => {
    const stopped = server && new Promise(done => server?.close(done))
    server = undefined
    for (const socket of sockets) socket.destroy()
    await stopped
  }
  await listen()
  await shut()
  return {
    url: Object.assign(new URL(databaseUrl), { port: String(here) }).href,
    shut,
    accepted: () => accepted,
    async open() {
      await shut()
      isSwallowing = false
      await listen()
    },
    async swallow() {
      await shut()
      isSwallowing = true
      await listen()
    },
  }
}
