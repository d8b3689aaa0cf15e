import { isObject } from '../lib/object'
import { pick } from './random'
import { charge, type Sampling, type Schema } from './schema'

/** From here on only what is required is made, so that a recursive schema comes to an end. */
const PLENTY_DEPTH = 4
const MAX_ITEMS = 1_000
const MAX_LENGTH = 10_000

const WORDS = ['demo', 'sample', 'invented', 'example', 'placeholder', 'made-up'] as const

const FORMATS: Record<string, string> = {
  'date-time': '2026-11-01T12:00:00Z',
  date: '2026-11-01',
  time: '12:00:00Z',
  duration: 'P1D',
  email: 'demo@example.com',
  hostname: 'demo.example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uri: 'https://example.com/demo',
  uuid: '6f1a2c34-5b6d-4e7f-8a9b-0c1d2e3f4a5b',
}

/** An object with all that is required and, not too deep, the rest of its properties. */
export function sampleObject(schema: Schema, sampling: Sampling): Schema {
  const properties = isObject(schema.properties) ? schema.properties : {}
  const required = Array.isArray(schema.required) ? schema.required : []
  const names = Object.keys(properties).filter(
    name => required.includes(name) || sampling.depth < PLENTY_DEPTH,
  )
  charge(
    sampling,
    names.reduce((sum, name) => sum + name.length, 0),
  )
  const result: [string, unknown][] = names.map(name => [name, sampling.sample(properties[name], sampling)])
  for (const name of required)
    if (typeof name === 'string' && !Object.hasOwn(properties, name))
      result.push([
        name,
        sampling.sample(isObject(schema.additionalProperties) ? schema.additionalProperties : {}, sampling),
      ])
  return Object.fromEntries(result)
}

/** A list of as many entries as the schema demands, or of one or two. */
export function sampleArray(schema: Schema, sampling: Sampling): unknown[] {
  // A list of schemas under `items` is how older drafts write `prefixItems`.
  const isTuple = Array.isArray(schema.items)
  const prefix = [schema.items, schema.prefixItems].find(Array.isArray) ?? []
  const others = isTuple ? undefined : schema.items
  const least = Math.max(numberOf(schema.minItems) ?? 0, prefix.length)
  const most = Math.min(numberOf(schema.maxItems) ?? Number.POSITIVE_INFINITY, MAX_ITEMS)
  const liked = sampling.depth < PLENTY_DEPTH ? 1 + Math.floor(sampling.random() * 2) : 0
  const length = Math.min(most, Math.max(least, others === undefined ? least : liked))
  const items = Array.from({ length }, (_, index) => sampling.sample(prefix[index] ?? others ?? {}, sampling))
  return schema.uniqueItems === true ? distinct(items) : items
}

/** Equal strings and numbers get told apart; other equal items are left out. */
function distinct(items: unknown[]): unknown[] {
  const seen = new Set<string>()
  return items.flatMap((item, index) => {
    const key = JSON.stringify(item)
    const own = seen.has(key) && typeof item === 'string' ? `${item}${index}` : item
    if (seen.has(JSON.stringify(own))) return []
    seen.add(JSON.stringify(own))
    return [own]
  })
}

/** A text of the schema’s format and length; patterns are not looked at. */
export function sampleString(schema: Schema, sampling: Sampling): string {
  const least = Math.min(numberOf(schema.minLength) ?? 0, MAX_LENGTH)
  charge(sampling, least)
  const most = numberOf(schema.maxLength) ?? Number.POSITIVE_INFINITY
  if (typeof schema.format === 'string' && FORMATS[schema.format]) return FORMATS[schema.format] ?? ''
  return pick(sampling.random, WORDS).padEnd(least, ' demo').slice(0, most)
}

/** A multiple of the step that lies within the bounds; where none does, the middle between them. */
export function sampleNumber(schema: Schema, whole: boolean, sampling: Sampling): number {
  const step = numberOf(schema.multipleOf) ?? (whole ? 1 : 0.5)
  const highest = tightest([schema.maximum, schema.exclusiveMaximum], Math.min)
  const lowest = tightest([schema.minimum, schema.exclusiveMinimum], Math.max) ?? Math.min(0, highest ?? 0)
  const fits = (multiple: number) =>
    multiple * step !== schema.exclusiveMinimum && multiple * step !== schema.exclusiveMaximum
  const first = Math.ceil(lowest / step)
  const last = Math.floor(Math.min(highest ?? Number.POSITIVE_INFINITY, lowest + 100 * step) / step)
  const from = fits(first) ? first : first + 1
  const to = fits(last) ? last : last - 1
  if (to < from) return (lowest + (highest ?? lowest)) / 2
  return (from + Math.floor(sampling.random() * (to - from + 1))) * step
}

function tightest(bounds: unknown[], choose: (...values: number[]) => number): number | undefined {
  const numbers = bounds.map(numberOf).filter(value => value !== undefined)
  return numbers.length > 0 ? choose(...numbers) : undefined
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}
