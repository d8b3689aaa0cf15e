import { parseArgs } from 'node:util'

/** What the command line of `bun run bench` asks for. */
export interface Options {
  quick: boolean
  /** scenarios whose name starts with one of these; empty: all */
  only: string[]
  rounds: number
  /** length of one measurement */
  seconds: number
  /** further targets, as written: name=url,key,model[,pid=…][,features=…] */
  targets: string[]
  gateway: boolean
  /** `embedded`, `postgres` (one that we start), `auto`, or a URL */
  database: string
  vendorPort: number
  json: string | undefined
  keep: boolean
  gate: boolean
  list: boolean
}

const MAX_ROUNDS = 50

/** The help text, in the order in which one needs it. */
export const USAGE = `bun run bench [--quick] [--only json,stream,…] [--rounds 5] [--seconds 3] [--list]
  --target name=url,key,model[,pid=…][,features=…]   measure another OpenAI-compatible gateway too (repeatable);
                                                     its vendor must be this benchmark's: http://127.0.0.1:<vendor-port>/v1
  --vendor-port n    the port of the benchmark's vendor (default: a free one)
  --no-gateway       leave our own gateway out
  --database auto|embedded|postgres|<url>   where our gateway writes its usage records (auto: postgres where installed)
  --json file        write the results there      --keep   keep them in bench/results and in bench/README.md
  --gate             exit 1 when a ratio is more than 15 % worse than the last kept result of this kind of machine`

/** Reads the command line; throws with one clear line on what it does not know. */
export function parseOptions(argv: string[]): Options {
  const { values } = parseArgs({
    args: argv,
    strict: true,
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      target: { type: 'string', multiple: true, default: [] },
      'no-gateway': { type: 'boolean', default: false },
      database: { type: 'string', default: 'auto' },
      'vendor-port': { type: 'string', default: '0' },
      json: { type: 'string' },
      keep: { type: 'boolean', default: false },
      gate: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
    },
  })
  return {
    quick: values.quick,
    only: values.only.split(',').filter(name => name !== ''),
    rounds: whole('--rounds', values.rounds ?? (values.quick ? '2' : '5'), 1, MAX_ROUNDS),
    seconds: whole('--seconds', values.seconds ?? (values.quick ? '1' : '3'), 1, 600),
    targets: values.target,
    gateway: !values['no-gateway'],
    database: values.database,
    vendorPort: whole('--vendor-port', values['vendor-port'], 0, 65_535),
    json: values.json,
    keep: values.keep,
    gate: values.gate,
    list: values.list,
  }
}

function whole(name: string, text: string, least: number, most: number): number {
  const value = Number(text)
  if (text === '' || !Number.isInteger(value) || value < least || value > most)
    throw new Error(`${name} is ${text}; a whole number from ${least} to ${most} is wanted`)
  return value
}
