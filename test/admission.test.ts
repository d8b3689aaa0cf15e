import { expect, test } from 'bun:test'
import { Glob } from 'bun'
import type { Admission, Entry, Permission } from '../src/admission'
import type { admit } from '../src/limits/admit'
import type { enter } from '../src/limits/enter'
import type { Exchange } from '../src/upstream/exchange'

/** What each step cannot be called without: as wide as its own parameter, so that a looser one does not compile. */
interface Needed {
  toEnter: Parameters<typeof enter>[0]
  toBeAdmitted: Parameters<typeof admit>[0]
  toCallAVendor: ConstructorParameters<typeof Exchange>[0]
}
const proofsOf = ({ toEnter, toBeAdmitted, toCallAVendor }: Needed): [Permission, Entry, Admission] => [
  toEnter,
  toBeAdmitted,
  toCallAVendor,
]

/** Each of these compiles only while the line above it says that it does not: `tsc` is the test. */
function written(): [Permission, Entry, Admission] {
  // @ts-expect-error: a permission is no list of its members.
  const permission: Permission = { scope: 'llm' }
  // @ts-expect-error: nor is an entry.
  const entry: Entry = { hold: undefined, release() {} }
  // @ts-expect-error: nor an admission.
  const admission: Admission = { reserved: undefined, setAside: () => true, settle() {} }
  return [permission, entry, admission]
}

const MAKERS = { Permission: 'auth/permit.ts', Entry: 'limits/enter.ts', Admission: 'limits/admit.ts' }

test('a vendor can be called by who was admitted, entered and permitted alone: each proof is made in one file', async () => {
  expect([typeof proofsOf, typeof written]).toEqual(['function', 'function'])
  const made: Record<string, string[]> = { Permission: [], Entry: [], Admission: [] }
  for (const path of new Glob('**/*.ts').scanSync('src')) {
    const text = await Bun.file(`src/${path}`).text()
    if (!/from '(?:\.\.?\/)+admission'/.test(text)) continue
    for (const [, name = ''] of text.matchAll(/(?:\bas|&) (Permission|Entry|Admission)\b/g))
      made[name]?.push(path)
    expect({ path, hides: /\bas (?:any|never|unknown)\b/.test(text) }).toEqual({ path, hides: false })
  }
  for (const [name, path] of Object.entries(MAKERS))
    expect([name, [...new Set(made[name])]]).toEqual([name, [path]])
})
