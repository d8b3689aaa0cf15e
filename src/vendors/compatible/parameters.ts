import type { ChatBody } from '../../wire/chat-body'
import { unsupported } from '../../wire/field'
import type { CompatibleFacts } from './facts'

type Members = Record<string, unknown>

/** These members in the vendor's names, and those that mean nothing to it. Throws `unsupported_parameter` for what cannot be had. */
export function fated(
  given: Members,
  facts: CompatibleFacts,
  model: string,
): { members: Members; dropped: string[] } {
  const members: Members = {}
  const dropped: string[] = []
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || isUsual(name, value)) continue
    const said = saidOf(name, value, facts, model)
    if (said) Object.assign(members, said)
    else dropped.push(name)
  }
  return { members, dropped }
}

/** One of them in the vendor's words; undefined if it has none. */
function saidOf(name: string, value: unknown, facts: CompatibleFacts, model: string): Members | undefined {
  if (listFor(facts.refuses, model).includes(name))
    throw unsupported(name, 'this model has nothing of the kind')
  if (name !== 'reasoning_effort' || !facts.effort)
    return isTaken(name, facts, model) ? { [facts.renames?.[name] ?? name]: value } : undefined
  const effort = facts.effort(String(value), model)
  return isNothing(effort) ? undefined : effort
}

/** What the caller said besides messages and tools, under OpenAI's names. */
export function parametersOf(chat: ChatBody, { mostStops }: CompatibleFacts): Members {
  if (chat.stop && mostStops !== undefined && chat.stop.length > mostStops)
    throw unsupported('stop', `this model takes ${mostStops} sequences at most`)
  return {
    ...chat.rest,
    max_tokens: chat.maxTokens,
    temperature: chat.temperature,
    top_p: chat.topP,
    n: chat.n,
    stop: chat.stop,
    seed: chat.seed,
    presence_penalty: chat.presencePenalty,
    frequency_penalty: chat.frequencyPenalty,
    logprobs: chat.logprobs,
    top_logprobs: chat.topLogprobs,
    reasoning_effort: chat.reasoningEffort,
    user: chat.user,
    service_tier: chat.serviceTier,
  }
}

/** Says what is so anyway: nobody need be told that it was left out. */
function isUsual(name: string, value: unknown): boolean {
  if (name === 'n') return value === 1
  if (name === 'logprobs') return value === false
  if (name === 'modalities') return Array.isArray(value) && value.every(modality => modality === 'text')
  return false
}

function isNothing(members: Members): boolean {
  return Object.keys(members).length === 0
}

function isTaken(name: string, { drops, takes, renames }: CompatibleFacts, model: string): boolean {
  if (listFor(drops, model).includes(name)) return false
  return !takes || takes.includes(renames?.[name] ?? name)
}

function listFor(list: CompatibleFacts['drops'], model: string): readonly string[] {
  return (typeof list === 'function' ? list(model) : list) ?? []
}
