import type { Command } from 'commander'
import { CliError } from './console'

/** Limits as the API tells them. */
export interface Limits {
  rpm: number | null
  tpm: number | null
  concurrency: number | null
}

/** Limits as options say them. */
export interface LimitOptions {
  rpm?: string
  tpm?: string
  concurrency?: string
}

const NUMBER = /^[1-9]\d{0,8}$|^1000000000$/

/** Gives a command the options that limit a key or a tenant. */
export function withLimits(command: Command): Command {
  return command
    .option('--rpm <number>', 'requests in a minute, or none')
    .option('--tpm <number>', 'tokens in a minute, or none')
    .option('--concurrency <number>', 'requests at the same time, or none')
}

/** The fields of a body that they stand for; what is not said is not in it. Throws CliError for what is no number. */
export function readLimits(options: LimitOptions): { limits?: Partial<Limits> } {
  const names = ['rpm', 'tpm', 'concurrency'] as const
  const said = names.flatMap(name => {
    const text = options[name]
    return text === undefined ? [] : [[name, readLimit(name, text)] as const]
  })
  return said.length === 0 ? {} : { limits: Object.fromEntries(said) }
}

/** Limits for a table: `60 rpm, 4 at once`. */
export function limitsText(limits: Limits | null | undefined): string {
  const { rpm = null, tpm = null, concurrency = null } = limits ?? {}
  const parts = [
    rpm === null ? [] : [`${rpm} rpm`],
    tpm === null ? [] : [`${tpm} tpm`],
    concurrency === null ? [] : [`${concurrency} at once`],
  ]
  return parts.flat().join(', ') || 'none'
}

function readLimit(name: string, text: string): number | null {
  if (text === 'none') return null
  if (!NUMBER.test(text))
    throw new CliError(
      `--${name} ${JSON.stringify(text)} is no limit: a whole number from 1 to 1000000000, or none`,
    )
  return Number(text)
}
