import { isObject } from '../../lib/object'
import type { ChatEvent } from '../../wire/chat-event'
import { signatureIn } from '../../wire/extra-content'

type Raw = Record<string, unknown>

interface Call {
  slot: number
  index: unknown
  id: string
  /** Not told before its name is known. */
  isTold: boolean
  /** Arguments that came before the name. */
  held: string
}

/**
 * The tool calls of one choice. Servers number them from 0, from 1, all with 0 or not at all, repeat ids and names, and
 * send arguments as objects: here each gets a slot of its own, and says its id and name once.
 */
export class Calls {
  private readonly calls: Call[] = []
  private readonly choice: number

  constructor(choice: number) {
    this.choice = choice
  }

  add(delta: unknown): ChatEvent[] {
    if (!isObject(delta)) return []
    const isCustom = isObject(delta.custom)
    const called = isObject(delta.custom) ? delta.custom : isObject(delta.function) ? delta.function : {}
    const name = text(called.name)
    const call = this.callOf(delta, name)
    const begun = this.begin(call, delta, name, isCustom)
    const written = argumentsOf(isCustom ? called.input : called.arguments)
    if (!call.isTold) {
      call.held += written
      return []
    }
    const told = call.held + written
    call.held = ''
    return told === ''
      ? begun
      : [...begun, { kind: 'tool_arguments', choice: this.choice, slot: call.slot, text: told }]
  }

  private begin(call: Call, delta: Raw, name: string, isCustom: boolean): ChatEvent[] {
    if (call.isTold || name === '') return []
    call.isTold = true
    const { choice } = this
    const id = call.id === '' ? null : call.id
    const signature = signatureIn(delta)
    return [
      {
        kind: 'tool_start',
        choice,
        slot: call.slot,
        id,
        name,
        ...(signature !== undefined && { signature }),
        ...(isCustom && { isCustom }),
      },
    ]
  }

  private callOf(delta: Raw, name: string): Call {
    const id = text(delta.id)
    const found = this.known(delta.index, id, name)
    if (found) {
      found.id ||= id
      return found
    }
    const call = { slot: this.calls.length, index: delta.index, id, isTold: false, held: '' }
    this.calls.push(call)
    return call
  }

  /** By its number unless another call's id comes under it, else by its id; a piece without either is the last call's. */
  private known(index: unknown, id: string, name: string): Call | undefined {
    const byId = id === '' ? undefined : this.calls.find(call => call.id === id && isAlike(call.index, index))
    if (byId) return byId
    if (typeof index !== 'number') return id === '' && name === '' ? this.calls.at(-1) : undefined
    const byIndex = this.calls.findLast(call => call.index === index)
    const isAnother = byIndex && id !== '' && byIndex.id !== '' && byIndex.id !== id && name !== ''
    return isAnother ? undefined : byIndex
  }
}

/** Two calls with numbers of their own are two, even under one id. */
function isAlike(one: unknown, other: unknown): boolean {
  return one === other || typeof one !== 'number' || typeof other !== 'number'
}

function argumentsOf(value: unknown): string {
  if (typeof value === 'string') return value
  return isObject(value) ? JSON.stringify(value) : ''
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
