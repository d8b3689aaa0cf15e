import { isIP } from 'node:net'
import type { Socket, SocketHandler, TLSOptions } from 'bun'
import type { Line } from './line'
import type { Origin } from './origin'
import { TransportError } from './transport-error'

/** What a connection is made with, besides its origin. */
export interface DialOptions {
  /** The address to connect to instead of the one that the name resolves to: one that was checked before. */
  addressOf?: (hostname: string) => string
  /** PEM: trusted instead of the usual authorities. */
  ca?: string
}

/** A peer that vanishes without a word is noticed after this and ten probes, a second apart. */
const PROBE_AFTER_MS = 30_000

const LAST_LOOK_MS = 10

/** Connects the line; it is told what came of it, within the time. A certificate must be valid and name the host. */
export function dial(line: Line, origin: Origin, timeoutMs: number, options: DialOptions): void {
  const expire = () => line.expire(new TransportError('timeout', `no connection in ${timeoutMs / 1000} s`))
  // An event loop that stood still hears of the time before it hears of the connection that has come about meanwhile.
  const late = () => {
    timer = setTimeout(expire, LAST_LOOK_MS)
  }
  let timer = setTimeout(late, timeoutMs)
  const fail = (error: Error) => {
    clearTimeout(timer)
    line.failed(new TransportError('connect', `connect failed (${codeOf(error)})`))
  }
  const open = (socket: Socket<Line>) => {
    clearTimeout(timer)
    socket.setKeepAlive(true, PROBE_AFTER_MS)
    line.opened(socket)
  }
  const connecting = async () =>
    Bun.connect<Line>({
      hostname: options.addressOf?.(origin.hostname) ?? origin.hostname,
      port: origin.port,
      data: line,
      socket: { ...HANDLERS, connectError: (_, error) => fail(error), ...begin(origin, open, fail) },
      ...(origin.isTls && { tls: tlsOptions(origin, options) }),
    })
  // What it refuses at once is told later, too: the sink hears nothing before its call was handed out.
  connecting().catch(fail)
}

/** A plain connection serves when it is open, a TLS one when its peer has proved who it is. */
function begin(
  { isTls }: Origin,
  open: (socket: Socket<Line>) => void,
  fail: (error: Error) => void,
): Partial<SocketHandler<Line>> {
  if (!isTls) return { open }
  return {
    open: socket => socket.data.begun(socket),
    handshake(socket, success, error) {
      if (success && socket.authorized) {
        open(socket)
        return
      }
      fail(error ?? new Error('the certificate was not accepted'))
      socket.terminate()
    },
  }
}

const HANDLERS: SocketHandler<Line> = {
  data: (socket, bytes) => socket.data.receive(bytes),
  drain: socket => socket.data.writable(),
  close: (socket, error) => socket.data.shut(error ?? undefined),
  error: (socket, error) => socket.data.broken(error),
}

/** Whether verification is done is not left to the environment. A server is named by its name only, never by an address. */
function tlsOptions({ hostname }: Origin, { ca }: DialOptions): TLSOptions {
  return {
    rejectUnauthorized: true,
    ...(isIP(hostname) === 0 && { serverName: hostname }),
    ...(ca !== undefined && { ca }),
  }
}

/** A certificate's fault is told by its text, which names our own host only. */
function codeOf(error: Error): string {
  return 'code' in error && error.code ? String(error.code) : 'TLS'
}
