import type { Certificate } from './certificate.ts'

/** Something that answers OpenAI's API: where it is, how to call it, and, if it runs here, which process to watch. */
export interface Target {
  name: string
  /** what stands before `/chat/completions`, version included */
  url: string
  /** the same for streams, where it differs */
  streamUrl: string
  key: string
  /** a key without a budget and without limits, where `key` has them */
  unlimitedKey?: string
  model: string
  /** undefined: its CPU and memory cannot be seen */
  pid: number | undefined
  /** what it does besides forwarding, in a few words */
  features: string
  /** starts it afresh (new `pid`); undefined where it is not ours to start */
  restart: (() => Promise<void>) | undefined
  /** ends it, where it is ours to end before everything else */
  stop?: () => Promise<void>
  /** starts the same gateway again beside it, in a folder of its own: from another entry file, with another database or environment */
  twin?: (folder: string, change: Change) => Promise<Target>
  /** starts the same again in front of a vendor that speaks TLS, whose certificate it is told to trust */
  overTls?: (folder: string, vendor: Target, certificate: Certificate) => Promise<Target>
  /** the server that its records go to; undefined: none, or not known */
  databaseUrl?: string | undefined
  /** how many requests hold a place in it now; undefined where it does not say */
  inFlight?: () => Promise<number>
  /** how many requests it has on record so far; undefined where it keeps none that we can read */
  recorded: (() => Promise<number>) | undefined
}

/** How a twin differs. */
export interface Change {
  entry?: string
  databaseUrl?: string
  env?: Record<string, string>
}

const FORM = 'name=url,key,model[,pid=…][,features=…]'

/** A target from the command line; throws when the form is not kept. */
export function parseTarget(text: string): Target {
  const split = text.indexOf('=')
  const [url, key, model, ...extras] = text.slice(split + 1).split(',')
  if (split < 1 || !url || !URL.canParse(url) || key === undefined || !model)
    throw new Error(`--target ${text.slice(0, split)}: ${FORM} is wanted`)
  const extra = new Map(
    extras.map(part => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]),
  )
  const pid = extra.has('pid') ? Number(extra.get('pid')) : undefined
  const isKnown = [...extra.keys()].every(name => name === 'pid' || name === 'features')
  if (!isKnown || (pid !== undefined && !(Number.isSafeInteger(pid) && pid > 0)))
    throw new Error(`--target ${text.slice(0, split)}: ${FORM} is wanted, without a comma in the features`)
  const base = url.replace(/\/+$/, '')
  const features = extra.get('features') ?? 'unknown'
  return {
    name: text.slice(0, split),
    url: base,
    streamUrl: base,
    key,
    model,
    pid,
    features,
    restart: undefined,
    recorded: undefined,
  }
}
