import { readPieces, readText } from './body'
import { CliError, oneLine } from './console'
import { hasShape, type Shape } from './shape'

const TIMEOUT_MS = 30_000
const PAGE = 1000
const MAX_PAGES = 1000

/**
 * The gateway's HTTP API as one caller sees it. Failures are `CliError`s with the gateway's own words, and so is an
 * answer that has not the shape that was asked for: then somebody else is there.
 */
export interface Api {
  get<T>(path: string, shape: Shape<T>, query?: Query): Promise<T>
  /** One page of a list. */
  page<T>(path: string, shape: Shape<T>, query?: Query): Promise<Page<T>>
  /** Every entry of a list, page after page. */
  all<T>(path: string, shape: Shape<T>, query?: Query): Promise<T[]>
  /** A list as lines of JSON, as they come. */
  lines(path: string, query?: Query): AsyncIterable<string>
  post<T>(path: string, shape: Shape<T>, body: unknown): Promise<T>
  patch<T>(path: string, shape: Shape<T>, body: unknown): Promise<T>
  delete(path: string): Promise<void>
}

export type Query = Record<string, string | undefined>

interface Page<T> {
  data: T[]
  /** Not there, or null, at the end. */
  next_cursor?: string | null
}

/** The API of the gateway at this address, without a slash at its end, for who has this key. */
export function createApi(url: string, key: string, timeoutMs = TIMEOUT_MS): Api {
  const ask = async <T>(method: string, path: string, shape: Shape<T>, body?: unknown): Promise<T> => {
    const response = await send(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(timeoutMs),
    })
    const answer = await readAnswer(response)
    if (!hasShape(answer, shape)) throw stranger(response)
    return answer
  }
  const page = async <T>(path: string, shape: Shape<T>, query: Query = {}): Promise<Page<T>> => {
    const answer = await ask<Page<T>>('GET', withQuery(path, query), { data: 'list' })
    if (answer.data.every(entry => hasShape(entry, shape))) return answer
    throw stranger({ url: `${url}${path}` })
  }
  return {
    get: (path, shape, query = {}) => ask('GET', withQuery(path, query), shape),
    page,
    all: (path, shape, query = {}) =>
      everyPage(cursor => page(path, shape, { limit: String(PAGE), ...query, cursor })),
    lines: (path, query = {}) => readLines(`${url}${withQuery(path, query)}`, key),
    post: (path, shape, body) => ask('POST', path, shape, body),
    patch: (path, shape, body) => ask('PATCH', path, shape, body),
    delete: async path => {
      await ask<{ id: string }>('DELETE', path, { id: 'string' })
    },
  }
}

async function everyPage<T>(read: (cursor: string | undefined) => Promise<Page<T>>): Promise<T[]> {
  const found: T[] = []
  let cursor: string | undefined
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const { data, next_cursor } = await read(cursor)
    found.push(...data)
    cursor = next_cursor ?? undefined
    if (cursor === undefined) break
  }
  return found
}

/** However long it takes: an export may be of years. One that broke off is a failure, whatever it brought. */
async function* readLines(url: string, key: string): AsyncIterable<string> {
  const response = await send(url, {
    headers: { authorization: `Bearer ${key}`, accept: 'application/x-ndjson' },
  })
  if (!response.ok) throw failure(response, await readText(response))
  if (!response.body || !isOfType(response, 'application/x-ndjson')) throw stranger(response)
  yield* readPieces(response.body)
}

function withQuery(path: string, query: Query): string {
  const set = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined)
  return set.length === 0 ? path : `${path}?${new URLSearchParams(set)}`
}

/** One request, with a sentence for a gateway that is not there. */
export async function send(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...init, redirect: 'manual' })
  } catch (error) {
    const { origin } = new URL(url)
    if ((error as Error).name === 'TimeoutError') throw new CliError(`${origin} did not answer in time`)
    throw new CliError(`No gateway answers at ${origin} (start one with: bun start)`, { cause: error })
  }
}

async function readAnswer(response: Response): Promise<unknown> {
  const text = await readText(response)
  if (!response.ok) throw failure(response, text)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw stranger(response, error)
  }
}

/** Whether an answer says that it is of this media type. */
export function isOfType(response: Response, mediaType: string): boolean {
  return response.headers.get('content-type')?.toLowerCase().startsWith(mediaType) === true
}

/** The failure of an answer that no gateway of ours gives. */
export function stranger({ url }: { url: string }, cause?: unknown): CliError {
  return new CliError(`${url.split('?')[0]} did not answer as it should: is this a CallMissed gateway?`, {
    cause,
  })
}

/** What the gateway itself refused. */
export class Refusal extends CliError {
  readonly status: number

  constructor(message: string, status: number) {
    super(message)
    this.status = status
  }
}

/** The gateway's own message and code, where it sent them. */
export function failure(response: Response, text: string): Refusal {
  const { message, code } = readError(text)
  const id = response.headers.get('x-callmissed-request-id')
  const what = message === undefined ? `the answer was ${response.status}` : String(message)
  const facts = [response.status, code, id && `request ${id}`].filter(Boolean).join(', ')
  return new Refusal(oneLine(`${what} (${facts})`), response.status)
}

function readError(text: string): { message?: unknown; code?: unknown } {
  try {
    return (JSON.parse(text) as { error?: object } | null)?.error ?? {}
  } catch {
    return {}
  }
}
