import type { PublicModel } from './models.ts'
import type { Offer } from './offers.ts'

/** No source tells the day of a deprecation: it is that of the list (models.dev's) that calls the model so. */
const DEPRECATION_KNOWN = '2026-09-30'

/** The catalog's data: an object by public id, one model a line, so that a refresh is read as a diff. */
export function dataText(models: readonly PublicModel[]): string {
  const lines = models.map(model => `${JSON.stringify(model.id)}: ${JSON.stringify(stored(model))}`)
  return `{\n${lines.join(',\n')}\n}\n`
}

/** The members of `StoredModel` (src/catalog/models.ts); what is usual is left out. */
function stored(model: PublicModel): object {
  const chat = model.endpoints.length === 1 && model.endpoints[0] === 'chat.completions'
  return {
    ...(model.aliases.length > 0 && { aliases: model.aliases }),
    ...(!chat && { endpoints: model.endpoints }),
    ...(model.capabilities.length > 0 && { capabilities: model.capabilities }),
    ...(model.contextWindow && { context_window: model.contextWindow }),
    ...(model.maxOutputTokens && { max_output_tokens: model.maxOutputTokens }),
    ...(model.releasedOn && { released_on: model.releasedOn }),
    ...(model.deprecated && { deprecated_on: DEPRECATION_KNOWN }),
    ...(model.price && { price: model.price }),
    at: model.offers.map(offer => placeOf(offer, model)),
  }
}

function placeOf({ vendor, model, price }: Offer, { price: usual }: PublicModel): unknown[] {
  const same = JSON.stringify(price) === JSON.stringify(usual)
  return same ? [vendor, model] : [vendor, model, price]
}
