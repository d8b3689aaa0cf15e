import { Busboy, type BusboyInstance } from '@fastify/busboy'
import { GatewayError } from '../errors'
import type { ArrivingBody } from './body'
import { printable } from './json-request'

/** A form as it arrives: fields whole, the one file in pieces between its head and its end. */
export type FormEvent =
  | { kind: 'field'; name: string; value: string }
  | { kind: 'file'; name: string; filename: string; type: string }
  | { kind: 'bytes'; bytes: Uint8Array }
  | { kind: 'end' }

/** References to known voices are whole recordings in base64. */
const MAX_FIELD_BYTES = 1024 * 1024
const MAX_FIELDS_BYTES = 8 * 1024 * 1024
const MAX_NAME_BYTES = 128
const MAX_FIELDS = 256
/** The parser takes a few to say that a form has ended. */
const MOST_TURNS = 1_000
const LIMITS = {
  fieldNameSize: MAX_NAME_BYTES + 1,
  fieldSize: MAX_FIELD_BYTES,
  fields: MAX_FIELDS,
  files: 1,
  parts: MAX_FIELDS + 1,
  headerPairs: 32,
  headerSize: 16 * 1024,
}

/**
 * Reads a multipart form while it arrives, one event after another: nothing of the file is kept here. Bounded in parts,
 * names, fields and heads. `next` rejects with GatewayError `invalid_multipart` for a form that is malformed or breaks off,
 * and with what the body itself rejects with.
 */
export class FormParts {
  private readonly body: ArrivingBody
  private readonly parser: BusboyInstance
  private readonly ready: FormEvent[] = []
  /** What came behind a file whose end the parser has not told yet. */
  private readonly behind: FormEvent[] = []
  private isFileOpen = false
  private isFinished = false
  private fieldBytes = 0
  private failure: GatewayError | undefined

  /** Throws `unsupported_media_type` or `invalid_multipart` for a type that is no multipart form with a boundary. */
  constructor(contentType: string | null, body: ArrivingBody) {
    this.body = body
    const headers = { 'content-type': `multipart/form-data; boundary="${boundaryOf(contentType)}"` }
    this.parser = new Busboy({
      headers,
      limits: LIMITS,
      isPartAFile: (_name, _type, file) => file !== undefined,
    })
    this.listen()
  }

  /** The next event; undefined at the form's proper end. */
  async next(): Promise<FormEvent | undefined> {
    for (;;) {
      const event = this.ready.shift()
      if (event) return event
      if (this.failure) throw this.failure
      if (this.isFinished) return undefined
      await this.more()
    }
  }

  private async more(): Promise<void> {
    const chunk = await this.body.read()
    if (chunk) this.parser.write(chunk)
    else this.parser.end()
    // The parser tells of a file's bytes, and of the end, in a later turn.
    for (let turns = 0; this.ready.length === 0 && (!chunk || this.isFileOpen); turns++) {
      await new Promise(resolve => setImmediate(resolve))
      if (chunk || this.isFinished || this.failure) return
      if (turns > MOST_TURNS) this.fail('it breaks off')
    }
  }

  private listen(): void {
    const { parser } = this
    parser.on('field', (name, value, isNameCut, isValueCut) => {
      if (!name) return this.fail('a part has no name')
      if (isNameCut || name.length > MAX_NAME_BYTES) return this.fail('the name of a part is too long')
      this.fieldBytes += value.length
      if (isValueCut || this.fieldBytes > MAX_FIELDS_BYTES) return this.refuse(name, 'the value is too long')
      this.tell({ kind: 'field', name, value })
    })
    parser.on('file', (name, stream, filename, _encoding, type) => {
      if (!name) return this.fail('a part has no name')
      this.tell({ kind: 'file', name, filename: filename ?? '', type })
      this.isFileOpen = true
      stream.on('data', (bytes: Uint8Array) => this.ready.push({ kind: 'bytes', bytes }))
      stream.on('end', () => this.closeFile())
      stream.on('error', () => this.fail('it breaks off'))
    })
    parser.on('filesLimit', () => this.refuse('file', 'a form holds one file'))
    for (const limit of ['partsLimit', 'fieldsLimit'] as const)
      parser.on(limit, () => this.fail(`it has more than ${MAX_FIELDS} parts`))
    parser.on('error', () => this.fail('it breaks off, or its parts are not where its boundary says'))
    parser.on('finish', () => {
      this.isFinished = true
    })
  }

  private tell(event: FormEvent): void {
    if (this.isFileOpen) this.behind.push(event)
    else this.ready.push(event)
  }

  private closeFile(): void {
    this.isFileOpen = false
    this.ready.push({ kind: 'end' }, ...this.behind.splice(0))
  }

  private refuse(name: string, because: string): void {
    const param = printable(name)
    this.failure ??= new GatewayError('invalid_value', `Invalid '${param ?? 'part'}': ${because}.`, { param })
  }

  private fail(because: string): void {
    this.failure ??= new GatewayError('invalid_multipart', `The body is not a valid form: ${because}.`)
  }
}

const BOUNDARY = /;\s*boundary=(?:"([^"]*)"|([^;\s]*))/i
/** RFC 2046's characters and length; one of dashes alone could not be told from what stands around it. */
const VALID = /^(?!-+$)[\w'()+,./:=? -]{0,69}[\w'()+,./:=?-]$/

function boundaryOf(contentType: string | null): string {
  if (!/^multipart\/form-data\s*(;|$)/i.test(contentType ?? ''))
    throw new GatewayError('unsupported_media_type', 'This endpoint takes multipart/form-data.')
  const match = BOUNDARY.exec(contentType ?? '')
  const boundary = match?.[1] ?? match?.[2] ?? ''
  if (!VALID.test(boundary))
    throw new GatewayError('invalid_multipart', 'The form has no boundary, or one that cannot be.')
  return boundary
}
