import { isObject } from '../../lib/object'

const MOST_STEPS = 64
const MOST_ITEMS = 10_000

/**
 * A call's arguments as Vertex streams them: pieces of values, each with the JSON path of its place. They are put together
 * and told when the call is over, since a later piece may stand before an earlier one's end.
 */
export class PartialArguments {
  private readonly value: Record<string, unknown> = {}

  /** Takes one piece; one that cannot be placed says nothing. */
  add(piece: unknown): void {
    if (!isObject(piece) || typeof piece.jsonPath !== 'string') return
    const steps = stepsOf(piece.jsonPath)
    const last = steps.pop()
    if (last === undefined) return
    let place: Record<string, unknown> | unknown[] = this.value
    for (const [at, step] of steps.entries())
      place = inner(place, step, typeof (steps[at + 1] ?? last) === 'number')
    put(place, last, piece)
  }

  get json(): string {
    return JSON.stringify(this.value)
  }
}

/** `$.a.b[0]` and `$['a b']` as keys and indexes; none where the path is not one. */
function stepsOf(path: string): (string | number)[] {
  const steps: (string | number)[] = []
  const pattern = /\.([^.[\]]+)|\[(\d+)\]|\['([^']*)'\]|\["([^"]*)"\]/y
  pattern.lastIndex = path.startsWith('$') ? 1 : 0
  while (pattern.lastIndex < path.length) {
    const found = pattern.exec(path)
    if (!found || steps.length >= MOST_STEPS) return []
    const [, name, index, single, double] = found
    if (index !== undefined && Number(index) >= MOST_ITEMS) return []
    steps.push(index === undefined ? (name ?? single ?? double ?? '') : Number(index))
  }
  return steps
}

function inner(
  place: Record<string, unknown> | unknown[],
  step: string | number,
  isList: boolean,
): Record<string, unknown> | unknown[] {
  const known = read(place, step)
  if (Array.isArray(known) || isObject(known)) return known
  const made = isList ? [] : {}
  write(place, step, made)
  return made
}

/** Pieces of a text are joined; any other value is whole. */
function put(
  place: Record<string, unknown> | unknown[],
  step: string | number,
  piece: Record<string, unknown>,
): void {
  const before = read(place, step)
  if (typeof piece.stringValue === 'string')
    write(place, step, typeof before === 'string' ? before + piece.stringValue : piece.stringValue)
  else if (typeof piece.numberValue === 'number') write(place, step, piece.numberValue)
  else if (typeof piece.boolValue === 'boolean') write(place, step, piece.boolValue)
  else if ('nullValue' in piece) write(place, step, null)
}

function read(place: Record<string, unknown> | unknown[], step: string | number): unknown {
  if (Array.isArray(place)) return typeof step === 'number' ? place[step] : undefined
  return Object.hasOwn(place, step) ? place[step] : undefined
}

function write(place: Record<string, unknown> | unknown[], step: string | number, value: unknown): void {
  if (Array.isArray(place)) {
    if (typeof step === 'number') place[step] = value
  } else if (step !== '__proto__') place[step] = value
}
