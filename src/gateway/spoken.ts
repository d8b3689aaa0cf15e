import { oneOf, wrongType } from '../wire/field'
import type { FormField } from '../wire/form-text'
import type { Shape } from '../wire/shape'
import type { Call } from './call'
import type { GatewayDeps } from './deps'
import type { Asked, Received } from './operation'
import { type FormRules, Upload } from './upload'

const FORMATS = ['json', 'text', 'srt', 'verbose_json', 'vtt', 'diarized_json'] as const
export type TranscriptFormat = (typeof FORMATS)[number]

/** What is asked of a vendor instead: the form that tells what was used. */
const ASKED_AS: Partial<Record<TranscriptFormat, TranscriptFormat>> = {
  text: 'json',
  srt: 'verbose_json',
  vtt: 'verbose_json',
}
/** What the SDKs repeat with brackets, and others without. */
const LISTS = new Set([
  'include',
  'keywords',
  'known_speaker_names',
  'known_speaker_references',
  'languages',
  'timestamp_granularities',
])

/** A recording to be written down, or translated. What comes behind its file is known when that has passed. */
export class Spoken implements Asked, Received, FormRules {
  readonly upload: Upload
  stream = false
  format: TranscriptFormat = 'json'
  /** The vendor was called before it was known that a stream is wanted: its answer comes whole, and is made one. */
  private isStreamLate = false
  private readonly call: Call

  /** Throws GatewayError for a body that is no form, or too large. */
  constructor(request: Request, call: Call, deps: GatewayDeps) {
    this.call = call
    this.upload = new Upload(request, call, this, deps)
  }

  get model(): string {
    return this.upload.model ?? ''
  }

  get shape(): Shape {
    return this.upload.shape
  }

  get length(): number {
    return this.upload.length
  }

  isList(name: string): boolean {
    return LISTS.has(name)
  }

  note({ name, value }: FormField): void {
    if (name === 'response_format') this.format = oneOf(value, name, FORMATS) ?? 'json'
    if (name !== 'stream') return
    if (value !== 'true' && value !== 'false') throw wrongType('stream', 'true or false')
    this.stream = value === 'true'
    this.call.stream = this.stream
    this.isStreamLate = this.upload.isSpent
  }

  /** The field as it goes to a vendor that knows the model by this id. */
  rewrite(model: string): (field: FormField) => FormField {
    return ({ name, value }) => {
      if (name === 'model') return { name, value: model }
      if (name === 'stream' && this.isStreamLate) return { name, value: 'false' }
      if (name !== 'response_format') return { name, value }
      return { name, value: ASKED_AS[value as TranscriptFormat] ?? value }
    }
  }
}
