import { Connection } from './connection'
import { answerChat } from './default-chat'
import { type Entry, Ledger } from './ledger'
import { header, type ReceivedRequest } from './request'
import { runScript } from './script'
import type { Step } from './step'

/** The listening vendor and everything that it is told or has noted. */
export interface ListeningVendor {
  port: number
  ledger: Ledger
  /** By name: the k-th call takes the k-th script, the last one serves all later calls. */
  scripts: Map<string, { scripts: Step[][]; calls: number }>
  connections: Set<Connection>
  /** Connections accepted since the start. */
  accepted(): number
}

/** Raw TCP rather than an HTTP server: it must be able to do everything that a server should not. */
export function listenVendor(port: number): ListeningVendor {
  const ledger = new Ledger()
  const scripts: ListeningVendor['scripts'] = new Map()
  const connections = new Set<Connection>()
  const bySocket = new WeakMap<object, Connection>()
  let accepted = 0
  const handle = (request: ReceivedRequest, connection: Connection) =>
    answer(request, connection, ledger, scripts)
  const listener = Bun.listen<undefined>({
    hostname: '127.0.0.1',
    port,
    socket: {
      open(socket) {
        socket.setNoDelay(true)
        accepted += 1
        const connection = new Connection(accepted, socket, ledger, handle)
        bySocket.set(socket, connection)
        connections.add(connection)
      },
      data: (socket, data) => bySocket.get(socket)?.receive(data),
      drain: socket => bySocket.get(socket)?.drained(),
      close(socket, error) {
        const connection = bySocket.get(socket)
        connection?.gone(error !== undefined && error !== null)
        if (connection) connections.delete(connection)
        ledger.changed()
      },
      error() {
        // `close` follows, and says what there is to say.
      },
    },
  })
  return { port: listener.port, ledger, scripts, connections, accepted: () => accepted }
}

async function answer(
  request: ReceivedRequest,
  connection: Connection,
  ledger: Ledger,
  scripts: ListeningVendor['scripts'],
): Promise<void> {
  const body = parse(request.body)
  const model = typeof body?.model === 'string' ? body.model : null
  const path = request.path.split('?')[0] ?? ''
  const name = header(request.headers, 'x-script') ?? model ?? path
  const entry = ledger.open(request, connection.id, name, model)
  connection.entry = entry
  const script = scripts.get(name) ?? scripts.get(path)
  if (script) {
    const steps = script.scripts[Math.min(script.calls, script.scripts.length - 1)] ?? []
    script.calls += 1
    return runScript(steps, connection, entry, ledger)
  }
  if (body && path.endsWith('/chat/completions')) return answerChat(body, connection, entry, ledger)
  return answerUnknown(request, connection, entry, ledger)
}

function parse(body: Buffer): Record<string, unknown> | undefined {
  try {
    return body.length > 0 ? JSON.parse(body.toString()) : undefined
  } catch {
    return undefined
  }
}

function answerUnknown(
  request: ReceivedRequest,
  connection: Connection,
  entry: Entry,
  ledger: Ledger,
): Promise<void> {
  const message = `Invalid URL (${request.method} ${request.path})`
  const error = { message, type: 'invalid_request_error', param: null, code: 'unknown_url' }
  const headers = { 'content-type': 'application/json' }
  const steps: Step[] = [{ status: 404, headers, framing: 'length' }, { text: JSON.stringify({ error }) }]
  return runScript(steps, connection, entry, ledger)
}
