import { Command } from 'commander'
import type { Api } from './api'
import { managementApi } from './connection'
import { CliError, type Console, oneLine } from './console'
import type { Shape } from './shape'
import { show } from './show'

/** What a request comes to by its vendor's bill. */
interface Correction {
  request_id: string
  cost_usd: string
  usage?: unknown
}

interface Corrected {
  request_id: string
  cost_usd: string
}

const CORRECTED: Shape<Corrected> = { request_id: 'string', cost_usd: 'string' }

interface Options {
  cost?: string
  usage?: string
  file?: string
}

/** `cm audit correct`: books what requests cost by their vendor's bill. */
export function correctCommand(console: Console): Command {
  return new Command('correct')
    .description('book what a request costs by its vendor’s bill; the difference is a line of its own')
    .argument('[request-id]', 'as in the header x-request-id')
    .option('--cost <dollars>', 'what it costs there')
    .option('--usage <json>', 'all of its figures there, named as in the record')
    .option('--file <path>', 'many: each line is JSON with request_id, cost_usd and perhaps usage')
    .action(async (id: string | undefined, { cost, usage, file }: Options, command: Command) => {
      const api = managementApi(command, console)
      if (file !== undefined && [id, cost, usage].every(word => word === undefined)) {
        const { corrected, failed } = await correctAll(readCorrections(file, console), api, console)
        show(command, console, { corrected, failed }, `${corrected} corrected, ${failed} failed\n`)
        if (failed > 0) throw new CliError(`${failed} of ${corrected + failed} corrections were not booked`)
        return
      }
      if (file !== undefined || id === undefined || cost === undefined)
        throw new CliError('Say which request and its --cost, or a --file of many (--help shows more)')
      const figures = usage === undefined ? {} : { usage: parse(usage, '--usage') }
      const answer = await correct({ request_id: id, cost_usd: cost, ...figures }, api)
      show(command, console, answer, `${answer.request_id}: ${answer.cost_usd}\n`)
    })
}

async function correctAll(
  corrections: readonly Correction[],
  api: Api,
  console: Console,
): Promise<{ corrected: number; failed: number }> {
  let failed = 0
  for (const correction of corrections) {
    try {
      await correct(correction, api)
    } catch (error) {
      if (!(error instanceof CliError)) throw error
      failed++
      console.remark(`${oneLine(correction.request_id)}: ${error.message}\n`)
    }
  }
  return { corrected: corrections.length - failed, failed }
}

function correct({ request_id, ...body }: Correction, api: Api): Promise<Corrected> {
  return api.post(`/api/v1/audit/${encodeURIComponent(request_id)}/corrections`, CORRECTED, body)
}

/** All of them are read before the first is booked. */
function readCorrections(path: string, console: Console): Correction[] {
  const text = console.readFile(path)
  if (text === undefined) throw new CliError(`${path} cannot be read`)
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return []
    const { request_id, cost_usd, usage } = parse(line, `line ${index + 1}`) as Partial<Correction>
    if (typeof request_id !== 'string' || typeof cost_usd !== 'string')
      throw new CliError(`line ${index + 1} has no request_id or no cost_usd (each a text)`)
    return { request_id, cost_usd, ...(usage === undefined ? {} : { usage }) }
  })
}

function parse(text: string, what: string): object {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value
  } catch {
    // Told below.
  }
  throw new CliError(`${what} is no JSON object`)
}
