import type { Socket } from 'bun'
import { sharedUs } from '../clock.ts'
import { JSON_ANSWER, jsonResponse, streamHead, streamTail } from './answer.ts'
import { MESSAGE_CHUNK, MESSAGE_HEAD, messageTail } from './anthropic.ts'
import { Calendar } from './calendar.ts'
import { ContentChunk, type StampedChunk } from './chunk.ts'
import { Closings } from './closings.ts'
import { Intake, type MockRequest } from './intake.ts'
import { readOrder, type StreamOrder } from './order.ts'

const MAX_PENDING_BYTES = 8_388_608

/** The parts of a stream, in the dialect that was asked for. */
interface Dialect {
  head: Buffer
  chunk: StampedChunk
  tail: (chunks: number) => Buffer
}

const openai = (withUsage: boolean): Dialect => ({
  head: streamHead(withUsage),
  chunk: new ContentChunk(withUsage),
  tail: chunks => streamTail(withUsage, chunks),
})
const PLAIN = openai(false)
const WITH_USAGE = openai(true)
const ANTHROPIC: Dialect = { head: MESSAGE_HEAD, chunk: MESSAGE_CHUNK, tail: messageTail }

const closings = new Closings()
const calendar = new Calendar<PacedStream>((stream, dueMs) => stream.next(dueMs))

/** One connection to the mock: requests in turn, at most one stream open. */
export class MockConnection {
  readonly #socket: Socket<MockConnection>
  readonly #intake = new Intake()
  #stream: PacedStream | undefined
  #pending: Buffer | undefined

  constructor(socket: Socket<MockConnection>) {
    this.#socket = socket
  }

  data(bytes: Buffer): void {
    this.#intake.take(bytes, request => this.#answer(request))
  }

  drain(): void {
    const pending = this.#pending
    this.#pending = undefined
    if (pending) this.write(pending)
  }

  closed(): void {
    if (this.#stream) closings.note(this.#stream.order.id, sharedUs())
    this.#stream?.stop()
    this.#stream = undefined
  }

  finished(): void {
    this.#stream = undefined
  }

  /** Sends, or keeps what the kernel does not take; a reader that is 8 MB behind is cut off. */
  write(bytes: Buffer): void {
    if (this.#pending) this.#pending = Buffer.concat([this.#pending, bytes])
    else {
      const sent = Math.max(0, this.#socket.write(bytes))
      if (sent < bytes.length) this.#pending = Buffer.from(bytes.subarray(sent))
    }
    if (this.#pending && this.#pending.length > MAX_PENDING_BYTES) this.#socket.terminate()
  }

  #answer({ path, body }: MockRequest): void {
    if (path.endsWith('/chat/completions'))
      this.#complete(body, body.includes('"include_usage":true') ? WITH_USAGE : PLAIN)
    else if (path.endsWith('/messages')) this.#complete(body, ANTHROPIC)
    else if (path === '/bench/closings') this.write(jsonResponse(closings.take()))
    else this.write(jsonResponse('{}', '404 Not Found'))
  }

  #complete(body: string, dialect: Dialect): void {
    const order = body.includes('"stream":true') ? readOrder(body) : undefined
    if (order) {
      this.#stream = new PacedStream(this, order, dialect)
      this.#stream.begin()
    } else this.write(JSON_ANSWER)
  }
}

/** One answer at a set pace: due times are fixed at the start, so a late chunk delays no other. */
class PacedStream {
  readonly order: StreamOrder
  readonly #connection: MockConnection
  readonly #dialect: Dialect
  #sent = 0
  #stopped = false

  constructor(connection: MockConnection, order: StreamOrder, dialect: Dialect) {
    this.order = order
    this.#connection = connection
    this.#dialect = dialect
  }

  begin(): void {
    const nowMs = Calendar.nowMs()
    if (this.order.waitMs > 0) calendar.add(this, nowMs + this.order.waitMs)
    else this.next(nowMs)
  }

  stop(): void {
    this.#stopped = true
  }

  next(dueMs: number): void {
    if (this.#stopped) return
    const { head, tail } = this.#dialect
    const chunk = this.#dialect.chunk.at(sharedUs(), this.#sent)
    this.#connection.write(this.#sent === 0 ? Buffer.concat([head, chunk]) : chunk)
    this.#sent += 1
    if (this.#sent < this.order.chunks) calendar.add(this, dueMs + this.order.paceMs)
    else {
      this.#connection.write(tail(this.#sent))
      this.#connection.finished()
    }
  }
}
