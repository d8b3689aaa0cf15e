import type { Price } from '../catalog/price'
import type { Deployment } from '../routing/plan'
import type { Tokenizer } from '../usage/tokenizer'
import type { Adapter } from '../vendors/adapter'
import { NO_USAGE, type Usage } from '../wire/usage'
import type { Counted, ModelLimits } from './operation'
import type { Reading } from './reading'
import type { Spoken } from './spoken'

/** A recording that does not say how long it is: 128 kbit/s. */
const BYTES_PER_SECOND = 16_000
/** As OpenAI's models hear. */
const TOKENS_PER_SECOND = 10
const NO_REQUEST = Buffer.from('{}')

/**
 * What a call used whose vendor gave no figures: as long as the recording's own head says, else as its size; for a model
 * that is priced by tokens, as many as that makes, and the text that was seen.
 */
export async function countSpoken(
  { upload }: Spoken,
  reading: Reading,
  deployment: Deployment,
  tokenizer: Pick<Tokenizer, 'count' | 'hear'>,
): Promise<Counted> {
  const heard = await tokenizer.hear(upload.sample.take())
  const seconds = heard ?? upload.sample.size / BYTES_PER_SECOND
  if (isTimed(deployment.price)) return { usage: timeUsage(seconds, deployment.adapter), source: 'estimated' }
  const inputTokens = Math.ceil(seconds * TOKENS_PER_SECOND)
  const tokens = await tokenizer.count(NO_REQUEST, reading.texts())
  const outputTokens = tokens?.output ?? 0
  return {
    usage: { ...NO_USAGE, inputTokens, audioInputTokens: inputTokens, outputTokens },
    source: 'estimated',
  }
}

/** Whether these figures are of the kind that the model is priced by: a price by the minute makes nothing of tokens. */
export function isPricedAlike(usage: Usage, { price }: Pick<Deployment, 'price'>): boolean {
  const tokens = usage.inputTokens + usage.outputTokens
  if (isTimed(price)) return usage.audioSeconds > 0
  const { input, output, audio_input: audio } = price.rates
  const isByTokens = input !== undefined || output !== undefined || audio !== undefined
  return !isByTokens || tokens > 0 || usage.audioSeconds === 0
}

/** By its size, while it has not been heard. */
export function guessSpoken({ upload }: Spoken, { adapter }: Pick<Deployment, 'adapter'>): Partial<Usage> {
  return { audioSeconds: timeUsage(guessSeconds(upload), adapter).audioSeconds }
}

/** The same in tokens. */
export function guessSpokenTokens({ upload }: Spoken, { contextWindow }: ModelLimits): number {
  const tokens = Math.ceil(guessSeconds(upload) * TOKENS_PER_SECOND)
  return Math.min(tokens, contextWindow ?? Number.POSITIVE_INFINITY)
}

function guessSeconds({ declaredBytes, length }: Spoken['upload']): number {
  return (declaredBytes ?? length) / BYTES_PER_SECOND
}

function isTimed({ rates }: Price): boolean {
  return rates.audio_minute !== undefined || rates.audio_hour !== undefined
}

/** A recording of that length as this vendor bills it, in whole milliseconds: so the ledger counts. */
export function timeUsage(seconds: number, { others }: Pick<Adapter, 'others'>): Usage {
  const billed = Math.max(seconds, others?.leastAudioSeconds ?? 0)
  return { ...NO_USAGE, audioSeconds: Math.round(billed * 1000) / 1000 }
}
