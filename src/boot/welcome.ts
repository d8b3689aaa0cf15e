import type { Catalog } from '../catalog/catalog'
import type { Model } from '../catalog/model'
import { isCallable } from '../routing/plan'

export interface Welcome {
  url: string
  version: string
  catalog: Catalog
  /** The key to start with; undefined where none is shown. */
  key: string | undefined
  /** Shown once, when it was made. */
  newAdminKey: string | undefined
  /** Where the admin key is kept that the gateway made; undefined where it was given. */
  adminKeyFile: string | undefined
  managementIsOff: boolean
  notices: readonly string[]
}

/** What a start prints once the gateway serves: where it is, a key, and a line that streams an answer when pasted. */
export function welcome({ url, version, catalog, key, ...rest }: Welcome): string {
  const model = modelToTry(catalog)
  const lines = [
    '',
    `CallMissed ${version} serves at ${url}`,
    '',
    `  API    ${url}/v1`,
    `  Docs   ${url}/docs`,
  ]
  if (key) lines.push(`  Key    ${key}`)
  if (rest.newAdminKey)
    lines.push(`  Admin  ${rest.newAdminKey}   (shown this once, kept in ${rest.adminKeyFile})`)
  else if (rest.adminKeyFile) lines.push(`  Admin  in ${rest.adminKeyFile}`)
  if (key && model) lines.push('', `  ${curlLine(url, key, model.id)}`)
  if (!key) lines.push('', ...makeAKey(url, rest.managementIsOff))
  if (!model) lines.push(`  ${withoutChat(catalog)}`)
  if (catalog.vendors.size === 1 && catalog.vendors.has('demo')) lines.push(`  Note: ${ONLY_DEMO}`)
  for (const notice of rest.notices) lines.push(`  Note: ${notice}`)
  return `${lines.join('\n')}\n`
}

const ONLY_DEMO =
  'no vendor is configured, so the demo vendor answers, with invented text. Set OPENAI_API_KEY or the key of another vendor (docs/configuration.md).'

/** Models that say whether a text may pass, in place of an answer. */
const JUDGE = /guard/i

function curlLine(url: string, key: string, model: string): string {
  const body = JSON.stringify({ model, stream: true, messages: [{ role: 'user', content: 'Hello!' }] })
  return `curl -N ${url}/v1/chat/completions -H 'Authorization: Bearer ${key}' -H 'Content-Type: application/json' -d '${body}'`
}

function makeAKey(url: string, managementIsOff: boolean): string[] {
  const line = `  Make a key: bun cm keys create --tenant acme --url ${url}`
  if (!managementIsOff) return [line]
  return [
    '  Management is off: set CALLMISSED_ADMIN_KEY to make keys and to read usage, start again, then',
    line,
  ]
}

/** There is no model to chat with, and perhaps none at all. */
function withoutChat(catalog: Catalog): string {
  const other = [...catalog.models.values()].find(model => isCallable({ model, vendor: undefined }, catalog))
  return other
    ? `No chat model can be called. Others can, such as ${other.id} (${other.endpoints.join(', ')}): GET /v1/models lists them.`
    : 'No model can be called: set OPENAI_API_KEY, or describe a vendor in callmissed.yaml.'
}

/** The cheapest chat model that can be called and is not on its way out; the demo vendor's where it is there. */
function modelToTry(catalog: Catalog): Model | undefined {
  const callable = [...catalog.models.values()].filter(
    model =>
      model.endpoints.includes('chat.completions') &&
      !JUDGE.test(model.id) &&
      isCallable({ model, vendor: undefined }, catalog),
  )
  const demo = callable.find(({ id }) => id === 'demo')
  return demo ?? callable.toSorted((a, b) => rank(a) - rank(b))[0]
}

function rank(model: Model): number {
  const rate = (model.price ?? model.offerings[0]?.price)?.rates.output
  const perMillion = rate ? Number((rate.amountPicoUsd * 1_000_000n) / rate.per) : Number.MAX_SAFE_INTEGER
  return model.deprecatedOn === null ? perMillion : perMillion + Number.MAX_SAFE_INTEGER
}
