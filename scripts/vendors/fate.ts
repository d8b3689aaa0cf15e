import { isDeepStrictEqual } from 'node:util'
import { GatewayError } from '../../src/errors.ts'
import { isObject } from '../../src/lib/object.ts'
import { emulating } from '../../src/vendors/emulation/emulating.ts'
import { needsOf } from '../../src/vendors/emulation/needs.ts'
import type { Translation } from '../../src/vendors/translation.ts'
import type { Vendor } from '../../src/vendors/vendor.ts'
import { readChatBody } from '../../src/wire/read-chat-body.ts'
import type { Probe } from './probes.ts'

/** What becomes of a parameter at a vendor. `lost` must not be: nothing told it and nothing names it. */
export type Fate = 'passed' | 'otherwise' | 'emulated' | 'dropped' | 'refused' | 'lost'

const HELLO = { model: 'm', messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }] }

interface Sent {
  body: Record<string, unknown>
  dropped: string[]
  /** The model is brought to what it has not. */
  isEmulated: boolean
}

/** Asks the adapter with the parameter and without it, and compares what it sends. */
export function fateOf(
  probe: Probe,
  translation: Translation | undefined,
  vendor: Vendor,
  model: string,
): Fate {
  if (!translation) return 'passed'
  const before = send({ ...HELLO, ...probe.base }, translation, vendor, model)
  const after = send({ ...HELLO, ...probe.base, ...probe.members }, translation, vendor, model)
  if (after === 'refused' || before === 'refused')
    return isFetched(probe, translation) ? 'emulated' : 'refused'
  if (after.isEmulated) return 'emulated'
  if ('n' in probe.members && !translation.takesN) return 'emulated'
  const names = Object.keys(probe.members)
  if (newIn(after.dropped, before.dropped).some(name => names.some(given => isNameOf(name, given))))
    return 'dropped'
  if (names.every(name => isDeepStrictEqual(after.body[name], probe.members[name]))) return 'passed'
  return isDeepStrictEqual(after.body, before.body) ? 'lost' : 'otherwise'
}

function newIn(after: readonly string[], before: readonly string[]): string[] {
  return after.filter(name => !before.includes(name))
}

/** The older `user` and `safety_identifier` are one; a member of a parameter stands for it. */
function isNameOf(name: string, given: string): boolean {
  return name.startsWith(given) || (given === 'user' && name === 'safety_identifier')
}

/** A picture that the vendor does not read where it is comes to it as data. */
function isFetched(probe: Probe, { readsImageAt }: Translation): boolean {
  return probe.name === 'image_url (https)' && readsImageAt?.('https://a.example/a.png') === false
}

const CEILING = { inputPicoUsd: 1n, outputPicoUsd: 1n, requestPicoUsd: 1n }

function send(members: object, translation: Translation, vendor: Vendor, model: string): Sent | 'refused' {
  try {
    const chat = readChatBody(Buffer.from(JSON.stringify(members)))
    const target = {
      vendor,
      model,
      maxOutputTokens: 16_384,
      capabilities: CAPABLE,
      ceiling: CEILING,
    }
    const needs = needsOf(chat, translation, CAPABLE)
    const by = needs ? emulating(chat, needs, translation, target, 'a1b2c3') : translation
    const { body, dropped } = by.request(chat, target)
    const parsed: unknown = JSON.parse(Buffer.from(body as Uint8Array).toString())
    return { body: isObject(parsed) ? parsed : {}, dropped, isEmulated: needs !== undefined }
  } catch (error) {
    if (error instanceof GatewayError && error.status === 400) return 'refused'
    throw error
  }
}

const CAPABLE = new Set([
  'tools',
  'parallel_tools',
  'vision',
  'pdf',
  'audio_input',
  'json_mode',
  'json_schema',
  'reasoning',
])
