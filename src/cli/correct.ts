import { Command } from 'commander'
import { type Api, Refusal } from './api'
import { managementApi } from './connection'
import { CliError, type Console, oneLine } from './console'
import type { Shape } from './shape'
import { show } from './show'

/** What a request comes to by its vendor's bill; the gateway judges whatever else a line says. */
interface Correction {
  request_id: string
  [more: string]: unknown
}

interface Corrected {
  request_id: string
  cost_usd: string
}

const CORRECTED: Shape<Corrected> = { request_id: 'string', cost_usd: 'string' }

interface Options {
  cost?: string
  vendor?: string
  usage?: string
  file?: string
}

/** `cm audit correct`: books what requests cost by their vendor's bill. */
export function correctCommand(console: Console): Command {
  return new Command('correct')
    .description('book what a request costs by its vendor’s bill; the difference is a line of its own')
    .argument('[request-id]', 'as in the header x-request-id')
    .option('--cost <dollars>', 'what it costs there')
    .option('--vendor <vendor>', 'whose bill it is, where several may have billed it')
    .option('--usage <json>', 'all of its figures there, named as in the record')
    .option('--file <path>', 'many: each line is JSON with request_id, cost_usd and perhaps vendor and usage')
    .action(async (id: string | undefined, options: Options, command: Command) => {
      const { cost, vendor, usage, file } = options
      const api = managementApi(command, console)
      if (file !== undefined && [id, cost, vendor, usage].every(word => word === undefined)) {
        const { booked, refused } = await correctAll(readCorrections(file, console), api, console)
        show(command, console, { booked, refused }, `${booked} booked, ${refused} refused\n`)
        if (refused > 0) throw new CliError(`${refused} of ${booked + refused} corrections were refused`)
        return
      }
      if (file !== undefined || id === undefined || cost === undefined)
        throw new CliError('Say which request and its --cost, or a --file of many (--help shows more)')
      const figures = usage === undefined ? {} : { usage: parse(usage, '--usage') }
      const correction = { request_id: id, cost_usd: cost, ...(vendor && { vendor }), ...figures }
      const answer = await correct(correction, api)
      show(command, console, answer, `${answer.request_id}: ${answer.cost_usd}\n`)
    })
}

/** What is refused of one request says nothing of the others; what fails otherwise would fail for all. */
async function correctAll(
  corrections: readonly Correction[],
  api: Api,
  console: Console,
): Promise<{ booked: number; refused: number }> {
  let refused = 0
  for (const [index, correction] of corrections.entries()) {
    try {
      await correct(correction, api)
    } catch (error) {
      if (!(error instanceof CliError)) throw error
      if (!(error instanceof Refusal) || !OF_ONE.includes(error.status))
        throw new CliError(`${error.message}; ${index - refused} of ${corrections.length} were booked before`)
      refused++
      console.remark(`${oneLine(correction.request_id)}: ${error.message}\n`)
    }
  }
  return { booked: corrections.length - refused, refused }
}

const OF_ONE = [400, 404]

function correct({ request_id, ...body }: Correction, api: Api): Promise<Corrected> {
  return api.post(`/api/v1/audit/${encodeURIComponent(request_id)}/corrections`, CORRECTED, body)
}

/** All of them are read before the first is booked. A bill whose lines are parts of a request's cost must be summed first. */
function readCorrections(path: string, console: Console): Correction[] {
  const text = console.readFile(path)
  if (text === undefined) throw new CliError(`${path} cannot be read`)
  const seen = new Set<string>()
  return text
    .replace(BYTE_ORDER_MARK, '')
    .split('\n')
    .flatMap((line, index) => {
      if (line.trim() === '') return []
      const { request_id, ...more } = parse(line, `line ${index + 1}`) as Partial<Correction>
      if (typeof request_id !== 'string') throw new CliError(`line ${index + 1} has no request_id (a text)`)
      const target = JSON.stringify([request_id, more.vendor])
      if (seen.has(target))
        throw new CliError(`line ${index + 1} corrects a request that an earlier line does`)
      seen.add(target)
      return [{ ...more, request_id }]
    })
}

const BYTE_ORDER_MARK = /^\uFEFF/

function parse(text: string, what: string): object {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value
  } catch {
    // Told below.
  }
  throw new CliError(`${what} is no JSON object`)
}
