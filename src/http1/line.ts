import type { Socket } from 'bun'
import type { Call } from './call'
import { Malformed } from './malformed'
import { RequestWriter } from './request-writer'
import { ResponseReader } from './response-reader'
import { TransportError } from './transport-error'

/** Whoever holds the lines: hears once when one may serve again, and once when one is closed. */
export interface LineOwner {
  idle(line: Line): void
  closed(line: Line): void
  /** Nothing of the call has left on a kept line that turned out dead: it may go on another. */
  again(call: Call): void
}

/** One TCP or TLS connection, from dialling to its closing. Carries one request at a time. */
export class Line {
  /** How long the peer said that it keeps the connection when idle. */
  idleMs = Number.POSITIVE_INFINITY
  idleSince = 0
  private socket: Socket<Line> | undefined
  private call: Call | undefined
  private readonly reader = new ResponseReader()
  private readonly writer = new RequestWriter()
  /** Came while the sink held, or was left of what came: at most what the kernel had received. */
  private readonly held: Buffer[] = []
  private isHeld = false
  private isOpen = false
  private isPaused = false
  private isKept = false
  private isClosed = false
  private closedBy: Error | undefined
  private readonly owner: LineOwner
  private readonly isTls: boolean

  constructor(owner: LineOwner, isTls: boolean) {
    this.owner = owner
    this.isTls = isTls
  }

  /** Gives the call to a line that is still being dialled. */
  await(call: Call): void {
    this.call = call
    call.line = this
  }

  /** There is a connection, but its peer has yet to prove who it is. */
  begun(socket: Socket<Line>): void {
    this.socket = socket
    if (!this.call) this.close()
  }

  /** The connection stands: the call that waits for it is sent. Without one it is closed. */
  opened(socket: Socket<Line>): void {
    // A peer may shake hands again.
    if (this.isOpen) return
    this.isOpen = true
    this.socket = socket
    const { call } = this
    if (!call) this.close()
    else if (!this.send(call)) this.fail(new TransportError('connect', 'the new connection was closed'), call)
  }

  /** No connection came about. */
  failed(error: TransportError): void {
    const { call } = this
    if (call) this.forget(call)
    this.shut(undefined)
    call?.sink.fail(error)
  }

  /** Gives up what does not come about in time. Dialling itself cannot be ended: what comes of it later is closed. */
  expire(error: TransportError): void {
    if (this.call) this.fail(error, this.call)
  }

  /** Sends the call. False if this line is dead and nothing of it has left; then the call is not this line's. */
  send(call: Call): boolean {
    const { socket } = this
    if (!socket || this.isClosed) return false
    const { head, method } = call.prepared
    this.call = call
    call.line = this
    this.reader.begin(call.sink, method === 'HEAD')
    const taken = this.writer.begin(socket, head, call.body)
    if (taken >= 0) {
      call.sent = taken > 0
      if (this.isKept) socket.ref()
      return true
    }
    this.forget(call)
    this.close()
    return false
  }

  /** The connection takes more of the request. */
  writable(): void {
    const { call, socket } = this
    if (call && socket && this.writer.flush(socket) > 0) call.sent = true
  }

  receive(bytes: Buffer): void {
    if (this.isHeld) this.held.push(bytes)
    else this.read(bytes)
  }

  /** The connection has ended, by whomever. */
  shut(error: Error | undefined): void {
    if (this.isClosed) return
    this.isClosed = true
    this.closedBy = error
    this.owner.closed(this)
    if (this.call && !this.isHeld) this.conclude(this.call)
  }

  /** TLS failed in mid-connection, or one of our own callbacks threw: nobody is left waiting. */
  broken(error: Error): void {
    if (this.call) this.fail(new TransportError('reset', 'connection lost', error), this.call)
    else this.close()
  }

  /** The call's end is not waited for: its connection is closed now. */
  drop(call: Call): void {
    if (this.call !== call) return
    this.forget(call)
    this.close()
  }

  /** Closes an idle line. RST for TLS: Bun neither closes nor frees a TLS connection whose peer is mute. */
  retire(): void {
    if (this.isTls) this.close()
    else this.socket?.end()
  }

  private close(): void {
    this.socket?.terminate()
  }

  private read(bytes: Buffer): void {
    const { call, reader } = this
    if (!call) {
      // Bytes that nobody asked for could be taken for the next request's answer.
      this.close()
      return
    }
    const at = this.parse(bytes, call)
    if (this.call !== call) return
    if (at < bytes.length) this.held.unshift(at === 0 ? bytes : bytes.subarray(at))
    if (reader.hold) this.hold(reader.hold, call)
    else if (reader.isDone) this.finish(call)
  }

  private parse(bytes: Buffer, call: Call): number {
    try {
      return this.reader.read(bytes, 0)
    } catch (error) {
      this.fail(asTransportError(error), call)
      return bytes.length
    }
  }

  private hold(until: Promise<void>, call: Call): void {
    this.isHeld = true
    if (!this.isPaused) this.socket?.pause()
    this.isPaused = true
    const goOn = () => {
      if (this.call === call) this.goOn(call)
    }
    until.then(goOn, goOn)
  }

  private goOn(call: Call): void {
    this.isHeld = false
    this.reader.hold = undefined
    while (!this.reader.isDone) {
      const next = this.held.shift()
      if (!next) break
      this.read(next)
      if (this.isHeld || this.call !== call) return
    }
    if (this.reader.isDone) this.finish(call)
    else if (this.isClosed) this.conclude(call)
    else this.resume()
  }

  private resume(): void {
    if (this.isPaused) this.socket?.resume()
    this.isPaused = false
  }

  /** The answer is whole. The line is free before the sink hears of it, so that the next request may take it. */
  private finish(call: Call): void {
    const { reader, writer, socket } = this
    const isClean = writer.isDone && this.held.length === 0
    const serves = reader.head?.isKept && isClean && !this.isClosed
    this.idleMs = reader.head?.idleMs ?? this.idleMs
    this.forget(call)
    if (serves && socket) {
      this.resume()
      socket.unref()
      this.isKept = true
      this.owner.idle(this)
    } else if (isClean) this.retire()
    else this.close()
    end(call)
  }

  /** The connection ended under the call. */
  private conclude(call: Call): void {
    if (!this.closedBy && this.reader.endsHere()) this.finish(call)
    else if (this.isKept && !call.sent) {
      this.forget(call)
      this.owner.again(call)
    } else this.fail(new TransportError('reset', 'connection lost', this.closedBy), call)
  }

  private fail(error: TransportError, call: Call): void {
    this.forget(call)
    this.close()
    call.sink.fail(error)
  }

  private forget(call: Call): void {
    this.call = undefined
    call.line = undefined
    this.reader.stop()
    this.writer.clear()
    if (this.held.length > 0) this.held.length = 0
    this.isHeld = false
  }
}

function end({ sink }: Call): void {
  try {
    sink.end()
  } catch (error) {
    sink.fail(asTransportError(error))
  }
}

/** Our own mistakes in a sink end the call like a lost connection. */
function asTransportError(error: unknown): TransportError {
  if (error instanceof Malformed) return new TransportError('malformed', error.message)
  return new TransportError('reset', 'the answer could not be taken', error)
}
