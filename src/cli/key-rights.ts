import type { Command } from 'commander'
import { readTime } from './time'

/** What a key may do and when, as options say it. */
export interface RightsOptions {
  scope?: string[]
  model?: string[]
  allModels?: boolean
  notBefore?: string
  expires?: string
  /** False after `--no-expiry`. */
  expiry?: boolean
}

/** Gives a command the options that say what a key may do. */
export function withRights(command: Command): Command {
  return command
    .option('--scope <scope>', 'what it may do, once for each: llm, stt, usage:read, …', append)
    .option('--model <model>', 'a model that it may use, or a glob in quotes; once for each', append)
    .option('--not-before <when>', 'from when on it works: 2027-01-31, 2027-01-31T12:00:00Z, 12h or 30d')
    .option('--expires <when>', 'until when it works, written the same way')
}

/** The fields of a body that they stand for; what is not said is not in it. */
export function readRights(options: RightsOptions, nowMs: number) {
  const { scope, model, allModels, notBefore, expires, expiry } = options
  return {
    ...(scope ? { scopes: scope } : {}),
    ...(model ? { models: model } : {}),
    ...(allModels ? { models: null } : {}),
    ...(notBefore === undefined ? {} : { not_before: readTime(notBefore, nowMs) }),
    ...(expires === undefined ? {} : { expires_at: readTime(expires, nowMs) }),
    ...(expiry === false ? { expires_at: null } : {}),
  }
}

function append(value: string, before: string[] | undefined): string[] {
  return [...(before ?? []), value]
}
