import { describe, expect, test } from 'bun:test'
import { Glob } from 'bun'

/** The threats to keys, scopes, tenants and money that the gateway must withstand; the title of each test of one has its number. */
const THREATS: [number: string, threat: string][] = [
  ['T67', 'a credential that is missing, of another scheme, malformed or huge'],
  ['T68', 'a key with a wrong checksum, or with a right one that is nobody’s'],
  ['T69', 'a look-up whose time tells how much of a key is right'],
  ['T70', 'thousands of guesses a second, from one address and from many'],
  ['T71', 'a revoked key that processes still remember'],
  ['T72', 'a key at the moment that it begins or ends, on a machine whose clock is wrong'],
  ['T73', 'a rotated secret after its grace'],
  ['T74', 'a key at an endpoint or a model that is not its own, by an alias or a fallback too'],
  ['T75', 'a key that gives more than it has'],
  ['T76', 'a member that is not the caller’s to set'],
  ['T77', 'another tenant’s ids, in paths, filters and cursors'],
  ['T78', 'a filter that is left out, or says everything'],
  ['T79', 'a filter that speaks SQL, or asks for a billion rows'],
  ['T80', 'a cursor that was made up'],
  ['T81', 'a request that is repeated: with another body, at once, after a crash'],
  ['T82', 'guesses at the admin key, and an empty one'],
  ['T83', 'a key in an address'],
  ['T84', 'a thousand requests at once on one cent'],
  ['T85', 'callers who leave after the first byte'],
  ['T86', 'a vendor that fails after its cost was set aside'],
  ['T87', 'a budget that changes under the requests that it counts'],
  ['T88', 'a bill above what was set aside'],
  ['T89', 'a price that changes while a request runs'],
  ['T90', 'figures beyond 31, 53 and 63 bits'],
  ['T91', 'a price that is no decimal, or says free without meaning it'],
  ['T92', 'the turn of a month, a leap day'],
]
/** What is written between quotes, as titles are. */
const QUOTED = /(['"`])((?:(?!\1).)*)\1/g

/** What is passed over proves nothing, nor does what is only said beside the code. */
const NOT_RUN = /\b(?:test|describe)\.(?:skip|todo)\(.*|^\s*(?:\/\/|\/?\*).*/gm

const FOLDER = import.meta.dir
const titles = new Map<string, string[]>()
for (const path of new Glob('**/*.test.ts').scanSync(FOLDER)) {
  if (path === 'threats.test.ts') continue
  const run = (await Bun.file(`${FOLDER}/${path}`).text()).replace(NOT_RUN, '')
  for (const [, , title] of run.matchAll(QUOTED))
    for (const number of title!.match(/\bT\d+\b/g) ?? [])
      titles.set(number, [...(titles.get(number) ?? []), path])
}

describe('every threat has a test that is named after it', () => {
  test.each(THREATS)('%s: %s', number => {
    expect(titles.get(number) ?? []).not.toEqual([])
  })
})
