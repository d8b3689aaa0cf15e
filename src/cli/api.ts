import { CliError, printable } from './console'

const TIMEOUT_MS = 30_000
const PAGE = 1000
const MAX_PAGES = 1000

/** The gateway's HTTP API as one caller sees it. Failures are `CliError`s with the gateway's own words. */
export interface Api {
  get<T>(path: string, query?: Query): Promise<T>
  /** A list as lines of JSON, as they come. */
  lines(path: string, query?: Query): AsyncIterable<string>
  post<T>(path: string, body: unknown): Promise<T>
  patch<T>(path: string, body: unknown): Promise<T>
  delete(path: string): Promise<void>
  /** Every entry of a list, page after page. */
  all<T>(path: string, query?: Query): Promise<T[]>
}

export type Query = Record<string, string | undefined>

interface Page<T> {
  data: T[]
  next_cursor: string | null
}

/** The API of the gateway at this address, without a slash at its end, for who has this key. */
export function createApi(url: string, key: string): Api {
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await send(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    return readAnswer(response)
  }
  const get = async <T>(path: string, query: Query = {}) => (await call('GET', withQuery(path, query))) as T
  return {
    get,
    lines: (path, query = {}) => readLines(`${url}${withQuery(path, query)}`, key),
    post: async <T>(path: string, body: unknown) => (await call('POST', path, body)) as T,
    patch: async <T>(path: string, body: unknown) => (await call('PATCH', path, body)) as T,
    delete: async path => {
      await call('DELETE', path)
    },
    all: async <T>(path: string, query: Query = {}) => {
      const found: T[] = []
      let cursor: string | null = null
      for (let page = 0; page < MAX_PAGES; page++) {
        const answer: Page<T> = await get(path, {
          limit: String(PAGE),
          ...query,
          cursor: cursor ?? undefined,
        })
        found.push(...answer.data)
        cursor = answer.next_cursor ?? null
        if (cursor === null) break
      }
      return found
    },
  }
}

/** However long it takes: an export may be of years. One that broke off is a failure, whatever it brought. */
async function* readLines(url: string, key: string): AsyncIterable<string> {
  const response = await send(url, {
    headers: { authorization: `Bearer ${key}`, accept: 'application/x-ndjson' },
  })
  if (!response.ok || !response.body) throw failure(response, await response.text())
  const decoder = new TextDecoder()
  try {
    for await (const bytes of response.body) yield decoder.decode(bytes, { stream: true })
  } catch (error) {
    throw new CliError('The export broke off: what came is not all', { cause: error })
  }
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
  const text = await response.text()
  if (!response.ok) throw failure(response, text)
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new CliError(`${response.url} did not answer with JSON: is this a CallMissed gateway?`, {
      cause: error,
    })
  }
}

/** The gateway's own message and code, where it sent them. */
export function failure(response: Response, text: string): CliError {
  const { message, code } = readError(text)
  const id = response.headers.get('x-callmissed-request-id')
  const what = message === undefined ? `the answer was ${response.status}` : printable(message)
  const facts = [`${response.status}`, code, id && `request ${id}`].filter(Boolean).join(', ')
  return new CliError(`${what} (${printable(facts)})`)
}

function readError(text: string): { message?: string; code?: string } {
  try {
    return (JSON.parse(text) as { error?: { message?: string; code?: string } }).error ?? {}
  } catch {
    return {}
  }
}
