import { MAX_EVENT_BYTES } from './event-splitter'
import { fieldValue } from './sse'

/** One event: its `event:` line (null without one) and its `data:` lines, joined by line feeds. */
export type OnEvent = (name: string | null, data: string) => void

const LINE_FEED = 10
const CARRIAGE_RETURN = 13
const CARRIAGE_RETURNS = /\r\n?/g

/**
 * Reads server-sent events of whatever vendor from bytes cut anywhere: lines end with LF, CRLF or CR, a space after the
 * colon may be missing, comments and unknown fields are passed over, an event without data is none, and the last one
 * need not have its blank line. In linear time; what it holds is bounded by MAX_EVENT_BYTES.
 */
export class SseParser {
  /** Bytes of a line whose end has not come yet, as text. */
  private readonly parts: string[] = []
  private held = 0
  private name: string | null = null
  private data: string | undefined
  /** The last line ended with a CR: an LF that follows belongs to it. */
  private endedByCarriageReturn = false
  private readonly decoder = new TextDecoder()
  private readonly event: OnEvent

  constructor(event: OnEvent) {
    this.event = event
  }

  /** Returns false once an unfinished event has outgrown MAX_EVENT_BYTES: the stream is not worth reading on. */
  push(bytes: Uint8Array): boolean {
    if (bytes.length > 0) this.take(this.decoder.decode(bytes, { stream: true }), bytes)
    return this.held + (this.data?.length ?? 0) <= MAX_EVENT_BYTES
  }

  /** The stream is over: what it left unfinished counts as well. */
  end(): void {
    const rest = this.parts.splice(0).join('') + this.decoder.decode()
    this.held = 0
    if (rest !== '') this.line(rest)
    this.dispatch()
  }

  private take(text: string, bytes: Uint8Array): void {
    // A CR at the end of the last piece may have its LF at the start of this one.
    const start = this.endedByCarriageReturn && text.startsWith('\n') ? 1 : 0
    if (text !== '') this.endedByCarriageReturn = text.endsWith('\r')
    const hasCarriageReturn = bytes.includes(CARRIAGE_RETURN)
    if (hasCarriageReturn || bytes.includes(LINE_FEED)) {
      const fresh = start === 0 ? text : text.slice(start)
      this.lines(hasCarriageReturn ? fresh.replace(CARRIAGE_RETURNS, '\n') : fresh)
    } else this.hold(text)
  }

  private lines(fresh: string): void {
    const text = this.held > 0 ? this.parts.splice(0).join('') + fresh : fresh
    this.held = 0
    let at = 0
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', at)) {
      this.line(text.slice(at, end))
      at = end + 1
    }
    this.hold(text.slice(at))
  }

  private hold(text: string): void {
    if (text === '') return
    this.parts.push(text)
    this.held += text.length
  }

  private line(line: string): void {
    if (line === '') this.dispatch()
    else if (line.startsWith('data:')) this.addData(fieldValue(line, 'data:'))
    else if (line.startsWith('event:')) this.name = fieldValue(line, 'event:')
  }

  private addData(value: string): void {
    this.data = this.data === undefined ? value : `${this.data}\n${value}`
  }

  private dispatch(): void {
    const { name, data } = this
    this.name = null
    this.data = undefined
    if (data !== undefined && data !== '') this.event(name, data)
  }
}
