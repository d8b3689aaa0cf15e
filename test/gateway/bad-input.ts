import { expect } from 'bun:test'
import { startVendor, type Vendor } from '../vendor/start'
import { CREDENTIAL } from './catalog-of'
import { type Piece, type RawAnswer, type Talk, type TalkOptions, talk } from './raw-socket'
import { type GatewayOptions, startGateway, type TestGateway } from './start-gateway'

/** Stands in prompts and in wrong credentials: nothing of it may come back or be logged. */
export const CANARY = 'canary-6b1f0e'
export const GOOD = '{"model":"m","messages":[{"role":"user","content":"Hi"}]}'
const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** A gateway with a vendor behind it, spoken to in bytes. */
export interface Target {
  gateway: TestGateway
  vendor: Vendor
  /** The two headers that a request needs; every line ends in CRLF. */
  head: string
  send(bytes: Piece | Piece[], options?: TalkOptions): Promise<Talk>
  /** The one answer to a request. */
  ask(bytes: Piece | Piece[]): Promise<RawAnswer>
  /** A good request is answered, and neither an answer nor a log line held what they must not. */
  stillServes(): Promise<void>
  stop(): Promise<void>
}

export async function startTarget(options: Partial<GatewayOptions> = {}): Promise<Target> {
  const vendor = await startVendor()
  const gateway = startGateway({ vendors: { acme: vendor.url }, ...options })
  const seen: RawAnswer[] = []
  const head = `Host: localhost\r\nAuthorization: Bearer ${gateway.key}\r\n`
  const send: Target['send'] = async (bytes, options) => {
    const said = await talk(gateway.url, bytes, options)
    seen.push(...said.answers)
    return said
  }
  return {
    gateway,
    vendor,
    head,
    send,
    async ask(bytes) {
      const { answers, closed } = await send(bytes)
      expect({ answers: answers.length, closed }).toEqual({ answers: 1, closed: false })
      return answers[0]!
    },
    async stillServes() {
      const answer = (await send(post(head, GOOD))).answers[0]
      expect(answer?.status).toBe(200)
      const told = [...seen.map(one => JSON.stringify(one)), ...gateway.logs].join('\n')
      for (const secret of [CANARY, gateway.key, CREDENTIAL]) expect(told.includes(secret)).toBe(false)
    },
    async stop() {
      await gateway.stop()
      await vendor.stop()
    },
  }
}

/** A chat request with its length declared. */
export function post(head: string, body: string | Uint8Array, more = ''): Uint8Array {
  const bytes = Buffer.from(body as string)
  const start = `POST /v1/chat/completions HTTP/1.1\r\n${head}Content-Length: ${bytes.length}\r\n${more}\r\n`
  return Buffer.concat([Buffer.from(start), bytes])
}

export function get(head: string, path: string, method = 'GET'): string {
  return `${method} ${path} HTTP/1.1\r\n${head}\r\n`
}

/** An error of ours: status and code, all four members and nothing else, an id under both names. */
export function expectRefusal(
  answer: RawAnswer | undefined,
  status: number,
  code: string,
  param: string | null = null,
): void {
  const body = JSON.parse(answer?.body || '{}') as { error?: Record<string, unknown> }
  expect({ status: answer?.status, ...body }).toEqual({
    status,
    error: { message: expect.any(String), type: typeOf(status), param, code },
  })
  expect(answer?.headers['content-type']).toBe('application/json')
  expect(answer?.headers['x-request-id']).toMatch(ID)
  expect(answer?.headers['x-callmissed-request-id']).toBe(answer?.headers['x-request-id'] ?? 'none')
}

/** What Bun's own parser answers before our code runs: a status, and nothing else of ours. */
export function expectBare(answer: RawAnswer | undefined, status: number): void {
  const isOurs = answer?.headers['x-request-id'] !== undefined
  expect({ status: answer?.status, body: answer?.body, isOurs }).toEqual({ status, body: '', isOurs: false })
}

function typeOf(status: number): string {
  if (status === 403) return 'permission_error'
  return status >= 500 ? 'server_error' : 'invalid_request_error'
}
