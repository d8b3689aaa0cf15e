import type { Conflict } from './choose-price.ts'
import {
  ALL_FOLLOW_SCHEMAS,
  DECISIONS,
  FLAT,
  FREE,
  LEFT_OUT,
  NOTED,
  PREFERRED,
  WITHOUT_PRICE,
} from './curated.ts'
import { SOURCES, type Source } from './fact.ts'
import type { PublicModel } from './models.ts'
import { covers, type Offer } from './offers.ts'

/** SOURCES.md: where the data comes from, under which licence, and every choice that was made between sources. */
export function reportText(models: readonly PublicModel[], licences: string): string {
  const offers = [...new Set(models.flatMap(model => [...model.offers, ...model.unpriced]))]
  return [
    '<!-- Written by `bun run catalog`; the choices themselves stand in scripts/catalog/curated.ts. -->',
    '# Where the catalog comes from',
    licences,
    countsText(models, offers),
    decisionsText(),
    notedText(),
    assumedText(offers),
    conflictsText(offers),
    unpricedText(models),
    schemasText(),
    leftOutText(),
  ].join('\n\n')
}

function countsText(models: readonly PublicModel[], offers: readonly Offer[]): string {
  const byEndpoint = new Map<string, number>()
  for (const { endpoints } of models)
    for (const endpoint of endpoints) byEndpoint.set(endpoint, (byEndpoint.get(endpoint) ?? 0) + 1)
  const byVendor = Map.groupBy(offers, ({ vendor }) => vendor)
  return [
    '## What is in it',
    `${models.length} models, ${models.filter(({ deprecated }) => deprecated).length} of them deprecated, at ${byVendor.size} vendors.`,
    table(
      ['Endpoint', 'Models'],
      [...byEndpoint].map(([endpoint, count]) => [endpoint, `${count}`]),
    ),
    table(['Vendor', 'Offerings'], [...byVendor].map(([vendor, list]) => [vendor, `${list.length}`]).sort()),
    'pi-ai lists only models that call tools, so its models count as calling them. `parallel_tools` is set for the families of makers that document it (vendors.md §8.2). Where no source knows a capability it is false.',
  ].join('\n\n')
}

function decisionsText(): string {
  const rows = [...DECISIONS, ...FREE].map(({ vendor, model, price, reason }) => [
    `${vendor} \`${model}\``,
    `\`${JSON.stringify(price)}\``,
    reason,
  ])
  return ['## Prices decided by hand', table(['Model', 'Price', 'Why'], rows)].join('\n\n')
}

function notedText(): string {
  const rows = NOTED.map(({ vendor, model, reason }) => [`${vendor} \`${model}\``, reason])
  return [
    '## Where a note of vendors.md §10 says otherwise',
    table(['Model', 'What was taken and why'], rows),
  ].join('\n\n')
}

function assumedText(offers: readonly Offer[]): string {
  const list = offers.filter(({ assumedHourCache }) => assumedHourCache)
  return [
    '## Assumed: one-hour cache writes',
    `No source prices them here, and charging them as input would be too little; twice the input is what every row of Anthropic's that has them says. ${list.length} offerings: ${list.map(place).join(', ')}.`,
  ].join('\n\n')
}

function conflictsText(offers: readonly Offer[]): string {
  const rows = offers
    .filter(({ conflicts }) => conflicts.length > 0)
    .toSorted((one, other) => (place(one) < place(other) ? -1 : 1))
    .flatMap(offer => offer.conflicts.map(conflict => conflictRow(offer, conflict)))
  return [
    '## Conflicts: sources more than 1 % apart',
    `${rows.length} of them, in $ per million tokens (tiers: input/output). "Taken" is the source whose price stands.`,
    table(['Offering', 'Meter', ...SOURCES, 'Taken', 'Why'], rows),
  ].join('\n\n')
}

function conflictRow(offer: Offer, { meter, amounts }: Conflict): string[] {
  return [
    place(offer),
    meter,
    ...SOURCES.map(source => amounts[source] ?? '–'),
    takenFrom(offer),
    reasonFor(offer, meter, amounts),
  ]
}

function takenFrom({ price, priceFrom }: Offer): string {
  return price ? (priceFrom ?? '–') : 'none: unpriced'
}

function reasonFor(offer: Offer, meter: string, amounts: Partial<Record<Source, string>>): string {
  const here = (one: { vendor: string; model: string }) =>
    one.vendor === offer.vendor && one.model === offer.model
  const ours = DECISIONS.find(here) ?? NOTED.find(here)
  if (ours) return ours.reason
  const rule = [...PREFERRED, ...FLAT].find(one => covers(one, offer.vendor, offer.model))
  if (rule && meter === 'tiers') return rule.reason
  if (!offer.price) return 'no source has a whole price'
  if (offer.priceFrom === 'genai-prices') return 'the only source that prices pictures apart from text'
  const taken = amounts[offer.priceFrom as Source]
  if (meter !== 'tiers' && taken === undefined)
    return 'the taken source has no price for it; from the next that agrees on the input, or none'
  if (offer.implausible)
    return 'pi-ai is at less than a third of models.dev: taken for a mistake, the dearer error is safer'
  return offer.priceFrom === 'pi-ai' ? 'the newest source' : 'the newest source that has it'
}

function unpricedText(models: readonly PublicModel[]): string {
  const whole = models.filter(({ price }) => !price)
  const places = models.flatMap(({ unpriced }) => unpriced)
  return [
    '## Unpriced',
    `Zero or nothing in a source is no price. Listed without a price, and refused until one is configured (${whole.length}): ${whole.map(({ id }) => `\`${id}\``).join(', ')}.`,
    'Without a price whatever a source says:',
    table(
      ['Vendor', 'Ids', 'Why'],
      WITHOUT_PRICE.map(({ vendor, id, reason }) => [vendor, `\`${id.source}\``, reason]),
    ),
    `Places left out, since the model has a price elsewhere (${places.length}): ${places.map(place).join(', ')}.`,
  ].join('\n\n')
}

function schemasText(): string {
  const rows = ALL_FOLLOW_SCHEMAS.map(({ vendor, id, reason }) => [vendor, `\`${id.source}\``, reason])
  return [
    '## Schemas',
    'A model follows JSON schemas where a source says so, and, where none says anything, these:',
    table(['Vendor', 'Ids', 'Why'], rows),
    '',
  ].join('\n\n')
}

function leftOutText(): string {
  const rows = LEFT_OUT.map(({ vendor, id, reason }) => [vendor, `\`${id.source}\``, reason])
  return [
    '## Left out',
    'What no route serves (video, music, realtime, guards, agents) and:',
    table(['Vendor', 'Ids', 'Why'], rows),
    '',
  ].join('\n\n')
}

function place({ vendor, model }: Offer): string {
  return `${vendor} \`${model}\``
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
