import { expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { startVariables } from '../../bench/start-variables'
import { commandWords, envPairs, of, parseDockerfile } from '../../scripts/dockerfile'

const text = await Bun.file('Dockerfile').text()
const stages = parseDockerfile(text)
const last = stages.at(-1)!
const all = stages.flatMap(stage => stage.instructions)
const manifest = await Bun.file('package.json').json()

test('builds in one stage and runs in another', () => {
  expect(stages.length).toBeGreaterThan(1)
  expect(of(last, 'COPY').some(copy => copy.flags.from === stages[0]!.name)).toBe(true)
  expect(of(last, 'RUN')).toEqual([])
})

test('pins its base by tag, to the Bun that package.json pins', () => {
  for (const { base } of stages) expect(base).toBe(`oven/bun:${manifest.engines.bun}-slim`)
})

test('installs from the lockfile, without scripts and tools', () => {
  const installs = all.filter(({ word, rest }) => word === 'RUN' && rest.includes('bun install'))
  expect(installs).toHaveLength(1)
  expect(installs[0]!.rest).toStartWith('bun install --frozen-lockfile --ignore-scripts --production')
})

test('runs as a user that is not root, by number', () => {
  const [user, ...others] = of(last, 'USER')
  expect(others).toEqual([])
  expect(user!.rest).toMatch(/^[1-9]\d*:[1-9]\d*$/)
  const words = last.instructions.map(({ word }) => word)
  expect(words.indexOf('USER')).toBeLessThan(words.indexOf('CMD'))
})

test('holds no secret: nothing is passed in at build time, and no variable is one', () => {
  expect(all.filter(({ word }) => word === 'ARG')).toEqual([])
  const variables = all
    .filter(({ word }) => word === 'ENV')
    .flatMap(({ rest }) => Object.keys(envPairs(rest)))
  const own = ['DATA_DIR', 'HOST', 'NODE_ENV', 'PORT']
  expect(variables.sort()).toEqual([...Object.keys(startVariables('.')), ...own].sort())
  expect(text).not.toMatch(/(KEY|TOKEN|SECRET|PASSWORD|DATABASE_URL)\s*=/i)
})

test('tells Bun the same as `bun start` does', () => {
  const started = startVariables('.')
  expect(Object.keys(started)).toContain('BUN_CONFIG_MAX_HTTP_REQUESTS')
  const env = envPairs(
    of(last, 'ENV')
      .map(({ rest }) => rest)
      .join(' '),
  )
  expect(env).toMatchObject(started)
})

test('copies only what is named, so that no .env and no data folder comes in', async () => {
  const sources = of(last, 'COPY')
    .filter(copy => !copy.flags.from)
    .flatMap(copy => copy.rest.split(/\s+/).slice(0, -1))
  const ofBuild = of(stages[0]!, 'COPY').flatMap(copy => copy.rest.split(/\s+/).slice(0, -1))
  for (const source of [...sources, ...ofBuild]) expect(existsSync(source)).toBe(true)
  const ignore = (await Bun.file('.dockerignore').text())
    .split('\n')
    .filter(line => line && !line.startsWith('#'))
  expect(ignore[0]).toBe('*')
  expect(ignore.slice(1).sort()).toEqual(
    [...new Set([...sources, ...ofBuild])].map(source => `!${source}`).sort(),
  )
})

test('keeps its state in a volume and listens for the world', () => {
  const env = envPairs(
    of(last, 'ENV')
      .map(({ rest }) => rest)
      .join(' '),
  )
  expect(env).toMatchObject({ HOST: '0.0.0.0', DATA_DIR: '/data', NODE_ENV: 'production' })
  expect(of(last, 'VOLUME').map(({ rest }) => rest)).toEqual([env.DATA_DIR!])
  expect(of(last, 'EXPOSE').map(({ rest }) => rest)).toEqual([env.PORT!])
})

test('checks its health with nothing but Bun', () => {
  const [health] = of(last, 'HEALTHCHECK')
  expect(health!.flags).toMatchObject({ interval: expect.any(String), timeout: expect.any(String) })
  const words = commandWords(health!.rest.replace(/^CMD\s+/, ''))
  expect(words.slice(0, 2)).toEqual(['bun', '-e'])
  expect(words[2]).toContain('/health/live')
})

test('starts in exec form, so that SIGTERM reaches the gateway', () => {
  expect(of(last, 'CMD').map(({ rest }) => JSON.parse(rest))).toEqual([['bun', 'src/start.ts']])
})
