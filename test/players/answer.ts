import type { Endpoint } from '../../src/catalog/model'
import type { Bill, Step } from '../vendor/step'

/** What a player says, whatever its dialect: text in pieces, a call of a tool, or a value that answers to a schema. */
export type Answer = { says: string[] } | { calls: ToolCall } | { gives: object }

export interface ToolCall {
  id: string
  name: string
  arguments: object
}

/** A vendor that answers in the bytes of its own dialect, and bills the same figures for every answer. */
export interface Player {
  name: string
  /** One of `catalog/vendors.ts`, where that is called otherwise. */
  vendor?: string
  /** The one endpoint that its model has, where that is none for chats. */
  endpoint?: Endpoint
  /** The vendor's own id of the model. */
  model: string
  /** Where the vendor is told its model by the path: both of them, whole and streamed. */
  paths?: [whole: string, streamed: string]
  bill: Bill
  whole(answer: Answer): Step[]
  stream(answer: Answer): Step[]
}

/** What every answer costs, unless a dialect cannot tell it. */
export const BILL: Bill = {
  inputTokens: 30,
  cachedInputTokens: 5,
  cacheWriteTokens: 0,
  outputTokens: 14,
  reasoningTokens: 0,
}

/** The text of an answer in pieces; a value is its JSON in two. */
export function piecesOf(answer: { says: string[] } | { gives: object }): string[] {
  return 'says' in answer ? answer.says : halvesOf(answer.gives)
}

/** JSON, cut where no vendor's tokens would end. */
export function halvesOf(value: object): [string, string] {
  const json = JSON.stringify(value)
  return [json.slice(0, 7), json.slice(7)]
}

const JSON_HEAD: Step = { status: 200, headers: { 'content-type': 'application/json' } }

/** A whole answer of JSON. */
export function jsonSteps(body: object, bill: Bill): Step[] {
  return [JSON_HEAD, { text: JSON.stringify(body), bill }]
}

/** A stream of events; the vendor bills when the last of them is out. */
export function eventSteps(events: string[], bill: Bill): Step[] {
  const head: Step = { status: 200, headers: { 'content-type': 'text/event-stream; charset=utf-8' } }
  return [head, ...events.map((chunk, at): Step => ({ chunk, ...(at === events.length - 1 && { bill }) }))]
}
