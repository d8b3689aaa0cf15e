import { GatewayError } from '../errors'
import type { StreamedBody } from '../vendors/adapter'
import { AudioSample } from '../wire/audio-sample'
import { ArrivingBody } from '../wire/body'
import { required, unsupported, wrongType } from '../wire/field'
import { type FormEvent, FormParts } from '../wire/form-parts'
import { type FormField, type FormFile, fieldText, fileHead, formEnd } from '../wire/form-text'
import { assertAllowed, printable } from '../wire/json-request'
import { leastBytesPerSecond } from '../wire/least-bitrate'
import { emptyShape } from '../wire/shape'
import type { Call } from './call'
import type { GatewayDeps } from './deps'
import { HeldFile } from './held-file'
import type { Received, Uploading } from './operation'

/** What an endpoint makes of a form's fields. */
export interface FormRules {
  /** Notes a field. Throws GatewayError naming it for a value that cannot be. */
  note(field: FormField): void
  /** Whether a field may come several times. */
  isList(name: string): boolean
}

/** How a field goes to a vendor, if not as the caller wrote it. */
export type Rewrite = (field: FormField) => FormField

/**
 * A form with one file. Once its model is known the file is handed on while it arrives; a file that comes before the
 * model is held until the form is whole, and can then be sent several times. Its parts are written anew between
 * boundaries of our own, so that a vendor reads in it what was read here.
 */
export class Upload implements Received, Uploading {
  readonly shape = emptyShape(0)
  /** Of the file's bytes, as far as they have come. */
  readonly sample = new AudioSample()
  /** The form's proper end was read. */
  isWhole = false
  model: string | undefined
  /** How many bytes the caller says that it sends; undefined where it does not. */
  readonly declaredBytes: number | undefined
  private readonly fields: FormField[] = []
  private readonly names = new Set<string>()
  private file: FormFile | undefined
  private held: HeldFile | undefined
  /** Of the file, where the request may come again: then it is read whole before anybody is asked. */
  private readonly digest: Bun.CryptoHasher | undefined
  private readonly isBudgeted: boolean
  /** The whole file is to be known before anybody is asked. */
  private readonly isAwaited: boolean
  /** By the recording's own head. */
  private seconds: number | undefined
  private isBegun = false
  private readonly body: ArrivingBody
  private readonly parts: FormParts
  private readonly rules: FormRules
  private readonly call: Call
  private readonly deps: GatewayDeps

  constructor(request: Request, call: Call, rules: FormRules, deps: GatewayDeps) {
    const { headers } = request
    const encoding = headers.get('content-encoding')
    if (encoding !== null && encoding !== 'identity')
      throw new GatewayError('unsupported_media_type', 'Compressed request bodies are not taken.')
    this.body = new ArrivingBody(request, deps.uploads.maxBytes, deps.slowestBodyMs, call)
    this.parts = new FormParts(headers.get('content-type'), this.body)
    this.declaredBytes = headers.has('content-length') ? Number(headers.get('content-length')) : undefined
    this.call = call
    this.rules = rules
    this.deps = deps
    this.shape.audio = 1
    this.digest = headers.has('idempotency-key') ? new Bun.CryptoHasher('sha256') : undefined
    // What is paid for by its length is set aside by its length.
    this.isBudgeted = call.caller !== undefined && deps.limits.budgets.counts(call.caller)
    this.isAwaited = this.isBudgeted || this.digest !== undefined
  }

  /** Reads until it is known which model is asked, and no further than to the file where that comes later. */
  async begin(): Promise<void> {
    try {
      for (let event = await this.next(); event; event = await this.next()) {
        if (event.kind === 'bytes') await this.held?.write(event.bytes)
        if (event.kind !== 'file') continue
        if (this.model !== undefined && !this.isAwaited) return
        this.held = new HeldFile(this.deps.uploads.openSpill)
      }
      if (this.model === undefined)
        throw new GatewayError('missing_required_parameter', 'You must provide a model parameter.', {
          param: 'model',
        })
      required(this.file, 'file')
      if (this.isBudgeted) this.seconds = await this.deps.tokenizer.hear(this.sample.take())
    } catch (error) {
      this.call.shape.requestBytes = this.length
      this.close()
      throw error
    }
  }

  get length(): number {
    return this.body.size
  }

  get mostBytes(): number {
    return this.isWhole ? this.length : (this.declaredBytes ?? this.deps.uploads.maxBytes)
  }

  get mostSeconds(): number {
    return this.seconds ?? this.mostBytes / leastBytesPerSecond(this.sample.beginning)
  }

  get mostTextBytes(): number {
    if (!this.isWhole) return this.mostBytes
    return this.fields.reduce((sum, { value }) => sum + Buffer.byteLength(value), 0)
  }

  get isSpent(): boolean {
    return this.isBegun && !this.held
  }

  /** What tells a form from another one, whatever stands between its parts. The form must have been read whole. */
  identity(): Uint8Array {
    if (!this.digest) throw new Error('Upload: read without its digest')
    return Buffer.from(JSON.stringify([this.fields, this.file, this.digest.digest('hex')]))
  }

  close(): void {
    this.held?.close()
    if (!this.isWhole) this.body.cancel()
  }

  /** The form for a vendor. What was held can be asked for again, what passes through once. */
  toVendor(boundary: string, rewrite: Rewrite): Uint8Array | StreamedBody {
    const file = required(this.file, 'file')
    const write = (field: FormField) => fieldText(boundary, rewrite(field))
    const before = Buffer.from(`${this.fields.map(write).join('')}${fileHead(boundary, file)}`)
    const after = Buffer.from(`\r\n${formEnd(boundary)}`)
    if (!this.held) return new Passing(this.passing(before, write, formEnd(boundary)))
    const { pieces, length } = this.held
    if (pieces) return Buffer.concat([before, ...pieces, after])
    return new Passing(stored(before, this.held, after), before.length + length + after.length)
  }

  private async next(): Promise<FormEvent | undefined> {
    const event = await this.parts.next()
    this.shape.requestBytes = this.length
    if (event === undefined) this.isWhole = true
    else if (event.kind === 'field') this.take(event)
    else if (event.kind === 'bytes') this.takeBytes(event.bytes)
    else if (event.kind === 'file') this.takeFile(event)
    return event
  }

  private async *passing(
    before: Uint8Array,
    write: (field: FormField) => string,
    end: string,
  ): AsyncGenerator<Uint8Array> {
    this.isBegun = true
    try {
      yield before
      for (let event = await this.next(); event; event = await this.next()) {
        if (event.kind === 'bytes') yield event.bytes
        else if (event.kind === 'end') yield Buffer.from('\r\n')
        else if (event.kind === 'field') yield Buffer.from(write(event))
      }
      yield Buffer.from(end)
    } catch (error) {
      // The vendor has half a request, which is none; why, the caller is told.
      if (error instanceof GatewayError) this.call.cut(error)
      throw error
    }
  }

  private takeBytes(bytes: Uint8Array): void {
    this.sample.add(bytes)
    this.digest?.update(bytes)
  }

  private take({ name, value }: FormField): void {
    if (name === 'file') throw wrongType('file', 'a file, with a name')
    // A member of an object (`headers[x]`) is the object's.
    const [outer = name] = name.split('[', 1)
    assertAllowed(outer)
    if (ELSEWHERE.has(outer)) throw unsupported(outer, 'the recording is the file that comes with the form')
    const isFirst = !this.names.has(name)
    if (!isFirst && !name.endsWith('[]') && !this.rules.isList(name))
      throw new GatewayError('duplicate_key', 'The form has this field more than once.', {
        param: printable(name),
      })
    this.names.add(name)
    if (name === 'model') this.model = required(value === '' ? undefined : value, 'model')
    this.rules.note({ name, value })
    this.fields.push({ name, value })
  }

  private takeFile({ name, filename, type }: FormFile): void {
    if (name !== 'file')
      throw new GatewayError('unknown_parameter', 'The form has a file of another name than `file`.', {
        param: printable(name),
      })
    this.file = { name, filename, type }
  }
}

/** By these some vendors fetch a recording themselves, of whatever length. */
const ELSEWHERE = new Set(['url', 'file_url', 'file_id'])

/** A body that goes out once, and knows when it is gone. */
class Passing implements StreamedBody {
  isSent = false
  readonly length: number | undefined
  private readonly pieces: AsyncIterable<Uint8Array>

  constructor(pieces: AsyncIterable<Uint8Array>, length?: number) {
    this.pieces = pieces
    this.length = length
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for await (const piece of this.pieces) yield piece
    this.isSent = true
  }
}

async function* stored(before: Uint8Array, held: HeldFile, after: Uint8Array): AsyncGenerator<Uint8Array> {
  yield before
  yield* held.read()
  yield after
}
