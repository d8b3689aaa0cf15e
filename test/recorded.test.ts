import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import {
  allRecorded,
  NOT_PLAYED,
  orNone,
  PLAYED,
  type Played,
  type RecordedSet,
  readRecorded,
  recorded,
} from './recorded'

const sets = Object.keys(PLAYED) as RecordedSet[]
const all = allRecorded()
/** What was sent and answered is one recording, under its answer's name; its notes are about both. */
const answers = all.filter(path => !/\.(?:req\.\w+|meta\.json)$/.test(path))
const played = new Map(sets.flatMap(set => recorded(set).map(path => [path, set] as const)))
const hashOf = (path: string) => Bun.hash(readRecorded(path).toString().trim())

describe.skipIf(all.length === 0)('every recording of ../shared', () => {
  const twins = new Map([...played.keys()].map(path => [hashOf(path), path]))

  test.each(orNone(answers))('%s is played, or it is said why not', path => {
    const reasons = NOT_PLAYED.filter(each => each.path.test(path))
    if (played.has(path)) expect(reasons).toEqual([])
    // The same bytes under another name tell nothing more.
    else
      expect([reasons.length, twins.get(hashOf(path))]).toSatisfy(
        ([said, twin]) => said === 1 || twin !== undefined,
      )
  })

  test('the index names nothing else', () => {
    const rows = readRecorded('recordings/INDEX.tsv').toString().trim().split('\n').slice(1)
    const named = rows.map(row => `recordings/${row.split('\t', 1)[0]}`)
    expect(
      named.filter(name => !answers.some(path => path === name || path.startsWith(`${name}.res.`))),
    ).toEqual([])
    expect(named.length).toBe(answers.filter(path => path.startsWith('recordings/')).length)
  })

  test.each(sets)('the set “%s” is not empty', set => {
    expect(recorded(set)).not.toEqual([])
  })

  test('no reason stands without a file', () => {
    for (const { path } of NOT_PLAYED) expect(answers.some(each => path.test(each))).toBe(true)
  })
})

test.each(sets)('“%s” is played through the gateway, or it is said why not', set => {
  const { by, notThroughGateway }: Played = PLAYED[set]
  const isPlayed = by.some(test => test.startsWith('gateway/'))
  expect([isPlayed, notThroughGateway !== undefined]).toSatisfy(([played, said]) => played !== said)
})

test.each(sets)('the tests that are said to play “%s” take it', async set => {
  for (const by of PLAYED[set].by)
    expect(await Bun.file(join(import.meta.dir, by)).text()).toContain(`'${set}'`)
})

const throughGateway = [...new Set(sets.flatMap(set => PLAYED[set].by))].filter(by =>
  by.startsWith('gateway/'),
)

test.each(throughGateway)('%s cuts what it plays, at night at every byte', async by => {
  const source = await Bun.file(join(import.meta.dir, by)).text()
  expect(source).toMatch(/from '\.\.\/recordings\/(?:play|wire)'/)
  const script = await Bun.file(join(import.meta.dir, '../.ci/run')).text()
  const nightly = script.slice(
    script.indexOf('EVERY_BYTE=1'),
    script.indexOf('\nfi', script.indexOf('EVERY_BYTE=1')),
  )
  expect(nightly.match(/[\w-]+/g)).toContain(by.slice('gateway/'.length, -'.test.ts'.length))
})
