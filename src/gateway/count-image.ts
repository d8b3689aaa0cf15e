import type { Deployment } from '../routing/plan'
import type { Tokenizer } from '../usage/tokenizer'
import type { ImageRequest } from '../wire/image-request'
import { NO_USAGE, type Usage } from '../wire/usage'
import { countJson } from './count-json'
import type { Counted } from './operation'
import type { Reading } from './reading'

/** A picture of 1024 × 1024 in OpenAI's medium quality. */
const TOKENS_PER_IMAGE = 1_056

type Priced = Pick<Deployment, 'price'>

/** Whether these figures are of the kind that the model is priced by: a price by tokens makes nothing of pictures. */
export function isPricedAlike(usage: Usage, { price }: Priced): boolean {
  const { image, input, output, image_output: imageOutput } = price.rates
  const isByTokens = input !== undefined || output !== undefined || imageOutput !== undefined
  return image !== undefined || !isByTokens || usage.inputTokens + usage.outputTokens > 0
}

/** What pictures used whose vendor gave no figures: the prompt counted, and each picture as one of a usual size. */
export async function countImages(
  asked: ImageRequest,
  reading: Reading,
  deployment: Deployment,
  tokenizer: Pick<Tokenizer, 'count'>,
): Promise<Counted> {
  const images = reading.bytes > 0 ? asked.n : 0
  const { usage } = await countJson(asked, reading, deployment, tokenizer)
  if (deployment.price.rates.image) return { usage: { ...NO_USAGE, images }, source: 'estimated' }
  const outputTokens = images * TOKENS_PER_IMAGE
  const { inputTokens } = usage
  return {
    usage: { ...NO_USAGE, inputTokens, outputTokens, imageOutputTokens: outputTokens, images },
    source: 'estimated',
  }
}
