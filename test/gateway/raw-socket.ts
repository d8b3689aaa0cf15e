import { connect } from 'node:net'

/** One HTTP response as it stood on the wire; header names in lower case. */
export interface RawAnswer {
  status: number
  headers: Record<string, string>
  body: string
}

export interface Talk {
  answers: RawAnswer[]
  /** Whether the other side closed the connection. */
  closed: boolean
}

export type Piece = string | Uint8Array | { wait: number }

export interface TalkOptions {
  /** So many answers are waited for, interim ones included. */
  answers?: number
  /** Waits for the other side's closing, too. */
  untilClosed?: boolean
  /** Goes on sending after the answer, as a client does that does not read. */
  sendsAll?: boolean
  patienceMs?: number
}

const PATIENCE_MS = 5_000

/** Sends these bytes on a connection of its own and reads until there is what was asked for, the other side closed, or patience ends. */
export async function talk(url: string, sent: Piece | Piece[], options: TalkOptions = {}): Promise<Talk> {
  const { answers = 1, untilClosed = false, sendsAll = false, patienceMs = PATIENCE_MS } = options
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port) })
  let received: Buffer = Buffer.alloc(0)
  let closed = false
  let isOver = false
  let goOn = () => {}
  const over = Promise.withResolvers<void>()
  const finish = () => {
    isOver = true
    goOn()
    over.resolve()
  }
  const look = () => {
    if (closed || (!untilClosed && readAnswers(received).length >= answers)) finish()
  }
  const close = () => {
    closed = true
    look()
  }
  socket.on('data', data => {
    received = Buffer.concat([received, data])
    look()
  })
  socket.on('end', close).on('close', close).on('error', close)
  socket.on('drain', () => goOn())
  const timer = setTimeout(finish, patienceMs)
  for (const piece of Array.isArray(sent) ? sent : [sent]) {
    if (closed || (isOver && !sendsAll)) break
    if (typeof piece === 'object' && 'wait' in piece) await Bun.sleep(piece.wait)
    else if (!socket.write(piece))
      await new Promise<void>(resolve => {
        goOn = resolve
      })
  }
  await over.promise
  clearTimeout(timer)
  socket.destroy()
  return { answers: readAnswers(received), closed }
}

/** Every whole answer in these bytes; one that only the closing ends is not whole. */
function readAnswers(bytes: Buffer): RawAnswer[] {
  const answers: RawAnswer[] = []
  let rest = bytes
  for (;;) {
    const headEnd = rest.indexOf('\r\n\r\n')
    if (headEnd === -1) return answers
    const [first = '', ...lines] = rest.toString('latin1', 0, headEnd).split('\r\n')
    const headers = Object.fromEntries(
      lines.map(line => [
        line.slice(0, line.indexOf(':')).toLowerCase(),
        line.slice(line.indexOf(':') + 1).trim(),
      ]),
    )
    const body = readBody(rest.subarray(headEnd + 4), headers)
    if (!body) return answers
    answers.push({ status: Number(first.split(' ')[1]), headers, body: body.text })
    rest = body.rest
  }
}

function readBody(
  bytes: Buffer,
  headers: Record<string, string>,
): { text: string; rest: Buffer } | undefined {
  if (headers['transfer-encoding'] !== 'chunked') {
    const length = Number(headers['content-length'] ?? 0)
    if (bytes.length < length) return undefined
    return { text: bytes.toString('utf8', 0, length), rest: bytes.subarray(length) }
  }
  const pieces: Buffer[] = []
  for (let at = 0; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at)
    if (lineEnd === -1) return undefined
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16)
    const end = lineEnd + 2 + size
    if (bytes.length < end + 2) return undefined
    if (size === 0) return { text: Buffer.concat(pieces).toString(), rest: bytes.subarray(end + 2) }
    pieces.push(bytes.subarray(lineEnd + 2, end))
    at = end + 2
  }
}
