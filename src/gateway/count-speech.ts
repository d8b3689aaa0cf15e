import type { Deployment } from '../routing/plan'
import type { Tokenizer } from '../usage/tokenizer'
import type { SpeechRequest } from '../wire/speech-request'
import { NO_USAGE, type Usage } from '../wire/usage'
import type { Counted } from './operation'
import type { Reading } from './reading'

/** As OpenAI's models speak. */
const TOKENS_PER_SECOND = 21
/** What a second of speech takes; others as an MP3. */
const BYTES_PER_SECOND: Readonly<Record<string, number>> = {
  mp3: 16_000,
  aac: 16_000,
  opus: 4_000,
  flac: 24_000,
  wav: 48_000,
  pcm: 48_000,
}

type Priced = Pick<Deployment, 'price'>

/** What a text costs by its characters, before anything is spoken; undefined for a model that is priced otherwise. */
export function characterUsage({ characters }: SpeechRequest, { price }: Priced): Usage | undefined {
  return price.rates.character ? { ...NO_USAGE, characters } : undefined
}

/** Whether these figures are of the kind that the model is priced by: a price by tokens makes nothing of characters. */
export function isPricedAlike(usage: Usage, { price }: Priced): boolean {
  const { character, input, output, audio_output: audio } = price.rates
  const isByTokens = input !== undefined || output !== undefined || audio !== undefined
  return character !== undefined || !isByTokens || usage.inputTokens + usage.outputTokens > 0
}

/**
 * What speech used whose vendor gave no figures: the characters of its text, which it is billed by whole; for a model that
 * is priced by tokens the text counted, and what was heard by its size.
 */
export async function countSpeech(
  speech: SpeechRequest,
  reading: Reading,
  deployment: Deployment,
  tokenizer: Pick<Tokenizer, 'count'>,
): Promise<Counted> {
  const byCharacters = characterUsage(speech, deployment)
  if (byCharacters) return { usage: byCharacters, source: 'tokenizer' }
  const tokens = await tokenizer.count(speech.body, [])
  const seconds = reading.bytes / (BYTES_PER_SECOND[speech.format] ?? 16_000)
  const outputTokens = Math.ceil(seconds * TOKENS_PER_SECOND)
  const inputTokens = tokens?.input ?? Math.ceil(speech.characters / 4)
  const { characters } = speech
  const usage = { ...NO_USAGE, inputTokens, outputTokens, audioOutputTokens: outputTokens, characters }
  return { usage, source: 'estimated' }
}
