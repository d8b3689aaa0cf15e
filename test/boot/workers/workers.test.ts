import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { formatUsd, parseUsd } from '../../../src/lib/money'
import { chat } from '../chat'
import { adminKeyOf, makeKey, manage, recordOf, records } from '../management'
import {
  type ServingGateway,
  startGateway,
  startProcess,
  stopEverything,
  temporaryFolder,
} from '../start-process'

setDefaultTimeout(60_000)
afterAll(stopEverything)

const RPM = 12

interface Budgeted {
  budget: { spent_usd: string; reserved_usd: string }
}

function picoUsd(text: string): bigint {
  const read = parseUsd(text)
  if (read === undefined) throw new Error(`no sum of money: ${text}`)
  return read
}

const idOf = (response: Response) => response.headers.get('x-callmissed-request-id') ?? ''

/** The workers' pids: the parent's children. */
function workersOf({ pid }: { pid: number }): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  return text === '' ? [] : text.split(' ').map(Number)
}

/** How many established connections to this port each process holds. */
function connectionsOf(pids: readonly number[], port: number): number[] {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  const rows = readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1)
  const inodes = new Set(
    rows
      .map(row => row.trim().split(/\s+/))
      .filter(([, local, , state]) => local?.endsWith(`:${hex}`) && state === '01')
      .map(cells => cells[9]),
  )
  return pids.map(pid => {
    const held = readdirSync(`/proc/${pid}/fd`).map(fd => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1]
      } catch {
        return undefined
      }
    })
    return held.filter(inode => inodes.has(inode)).length
  })
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const late = performance.now() + 20_000
  while (!(await Promise.resolve(isSo()).catch(() => false))) {
    if (performance.now() > late) throw new Error('it did not come so far')
    await Bun.sleep(20)
  }
}

describe('two workers', () => {
  let gateway: ServingGateway
  let dataDir: string
  let adminKey: string
  beforeAll(async () => {
    dataDir = join(temporaryFolder(), 'data')
    gateway = await startGateway(dataDir, { env: { WORKERS: '2' } })
    adminKey = await adminKeyOf(dataDir)
  })

  test('print one text, share the port and the embedded database', async () => {
    expect(gateway.stdout().match(/serves at/g)).toHaveLength(1)
    expect(workersOf(gateway)).toHaveLength(2)
    const answers = await Promise.all(Array.from({ length: 20 }, () => chat(gateway, 'hello', {})))
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    await Promise.all(answers.map(answer => answer.text()))
    const seen = await records(gateway, adminKey, 20)
    expect(new Set(seen.map(({ request_id }) => request_id))).toEqual(new Set(answers.map(idOf)))
  })

  test('take 35 to 65 % of 200 connections each', async () => {
    const { port } = new URL(gateway.url)
    const sockets = await Promise.all(
      Array.from(
        { length: 200 },
        () =>
          new Promise<Socket>((resolve, reject) => {
            const socket = connect(Number(port), '127.0.0.1', () => resolve(socket))
            socket.once('error', reject)
          }),
      ),
    )
    await until(() => connectionsOf(workersOf(gateway), Number(port)).reduce((a, b) => a + b, 0) >= 200)
    const shares = connectionsOf(workersOf(gateway), Number(port))
    for (const socket of sockets) socket.destroy()
    for (const share of shares) expect(share).toBeWithin(70, 131)
  })

  test('tell the metrics of both, whichever is asked', async () => {
    const count = async () => {
      const response = await fetch(`${gateway.url}/metrics`, {
        headers: { authorization: `Bearer ${adminKey}`, connection: 'close' },
      })
      const text = await response.text()
      return Number(/^callmissed_requests_total\{.*outcome="ok".*\} (\d+)$/m.exec(text)?.[1])
    }
    const before = await count()
    for (let times = 0; times < 10; times++) await (await chat(gateway, 'hello', {})).text()
    for (let times = 0; times < 10; times++) expect(await count()).toBe(before + 10)
  })

  test('a key that one made works at the other at once', async () => {
    for (let times = 0; times < 10; times++) {
      const { data } = await manage<{ data: { id: string }[] }>(gateway, adminKey, '/tenants')
      const made = await manage<{ key: string }>(gateway, adminKey, '/keys', {
        method: 'POST',
        body: { tenant_id: data[0]?.id, name: `key ${times}` },
      })
      const asked = await Promise.all(
        Array.from({ length: 4 }, () =>
          fetch(`${gateway.url}/v1/models`, {
            headers: { authorization: `Bearer ${made.key}`, connection: 'close' },
          }),
        ),
      )
      expect(asked.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    }
  })

  test('let one key through as often as its limit says, and spend no more than its budget, to the last digit', async () => {
    // Made with its limits, so that no worker has it without them.
    const make = async (held: object) => {
      const { tenant_id } = await makeKey(gateway, adminKey)
      const body = { tenant_id, name: 'laptop', ...held }
      return manage<{ id: string; key: string }>(gateway, adminKey, '/keys', { method: 'POST', body })
    }
    const ask = async (key: string) => {
      const response = await fetch(`${gateway.url}/v1/chat/completions`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${key}`,
          'content-type': 'application/json',
          connection: 'close',
        },
        body: JSON.stringify({
          model: 'demo',
          max_tokens: 5,
          messages: [{ role: 'user', content: 'demo:pace=5ms demo:tokens=5' }],
        }),
      })
      await response.text()
      return { status: response.status, id: idOf(response) }
    }
    const letIn = async (key: string, count: number) => {
      const answers = await Promise.all(Array.from({ length: count }, () => ask(key)))
      expect(answers.filter(({ status }) => status !== 200 && status !== 429)).toEqual([])
      return answers.filter(({ status }) => status === 200)
    }
    const limited = await make({ limits: { rpm: RPM } })
    const begun = performance.now()
    const passed = await letIn(limited.key, 40)
    const refilled = Math.ceil(((performance.now() - begun) * RPM) / 60_000)
    expect(passed.length).toBeWithin(1, RPM + refilled + 1)

    const cost = picoUsd((await recordOf(gateway, adminKey, passed[0]!.id)).cost_usd)
    const limit = cost * 20n
    const budgeted = await make({ budget: { limit_usd: formatUsd(limit), period: 'total' } })
    const paid = await letIn(budgeted.key, 60)
    expect(paid.length).toBeWithin(1, 21)
    const records = await Promise.all(paid.map(({ id }) => recordOf(gateway, adminKey, id)))
    const sum = records.reduce((total, { cost_usd }) => total + picoUsd(cost_usd), 0n)
    await until(async () => {
      const { budget } = await manage<Budgeted>(gateway, adminKey, `/keys/${budgeted.id}`)
      return picoUsd(budget.spent_usd) === sum && picoUsd(budget.reserved_usd) === 0n
    })
    expect(sum <= limit).toBe(true)
  })

  test('one that is killed is replaced, and what it had begun is recorded', async () => {
    const [first, second] = workersOf(gateway)
    const streams = await Promise.all(
      Array.from({ length: 8 }, () => chat(gateway, 'demo:pace=50ms demo:tokens=400', { stream: true })),
    )
    process.kill(first ?? 0, 'SIGKILL')
    await until(() => workersOf(gateway).length === 2 && !workersOf(gateway).includes(first ?? 0))
    expect(workersOf(gateway)).toContain(second ?? 0)
    const ends = await Promise.all(
      streams.map(stream =>
        stream.text().then(
          () => 'whole',
          () => 'broken',
        ),
      ),
    )
    const outcomes = await Promise.all(
      streams.map(async (stream, at) => {
        let record: Awaited<ReturnType<typeof recordOf>> | undefined
        await until(async () => {
          record = await recordOf(gateway, adminKey, idOf(stream))
          return true
        })
        return { end: ends[at], outcome: record?.outcome, code: record?.error_code }
      }),
    )
    for (const { end, outcome, code } of outcomes)
      expect([outcome, code]).toEqual(end === 'whole' ? ['ok', null] : ['error', 'gateway_crashed'])
    expect(ends).toContain('broken')
  })

  test('SIGHUP replaces both while requests go on', async () => {
    const before = workersOf(gateway)
    const stream = await chat(gateway, 'demo:pace=20ms demo:tokens=100', { stream: true })
    let isRolling = true
    let resets = 0
    const ask = () => fetch(`${gateway.url}/health/live`, { headers: { connection: 'close' } })
    // What the system has accepted for a listener in the instant in which it closes is reset: SDKs then ask again.
    const askAgain = () => {
      resets++
      return ask()
    }
    const asking = (async () => {
      const statuses = new Set<number>()
      while (isRolling) statuses.add((await ask().catch(askAgain)).status)
      return statuses
    })()
    gateway.signal('SIGHUP')
    await until(
      () => workersOf(gateway).length === 2 && workersOf(gateway).every(pid => !before.includes(pid)),
    )
    isRolling = false
    expect(await asking).toEqual(new Set([200]))
    // One for each listener that closed, since one asks after the other.
    expect(resets).toBeLessThanOrEqual(2)
    expect((await stream.text()).trimEnd().endsWith('data: [DONE]')).toBe(true)
    expect(await recordOf(gateway, adminKey, idOf(stream))).toMatchObject({ outcome: 'ok' })
  })

  test('a second gateway is refused at the same port and in the same folder', async () => {
    const { port } = new URL(gateway.url)
    const samePort = startProcess(join(temporaryFolder(), 'data'), { env: { PORT: port } })
    expect(await samePort.ended()).toBe(1)
    expect(samePort.stderr()).toContain('another program does')
    const sameFolder = startProcess(dataDir, { env: { WORKERS: '2' } })
    expect(await sameFolder.ended()).toBe(1)
    expect(sameFolder.stderr()).toContain('in use by another process')
  })

  test('SIGTERM lets streams finish and ends with 0; nobody is left', async () => {
    const stream = await chat(gateway, 'demo:pace=20ms demo:tokens=60', { stream: true })
    const workers = workersOf(gateway)
    gateway.signal('SIGTERM')
    expect((await stream.text()).trimEnd().endsWith('data: [DONE]')).toBe(true)
    expect(await gateway.ended()).toBe(0)
    for (const pid of workers) expect(() => process.kill(pid, 0)).toThrow()
  })
})

test('workers end with a parent that is killed, and the next start settles what they had begun', async () => {
  const dataDir = join(temporaryFolder(), 'data')
  const gateway = await startGateway(dataDir, { env: { WORKERS: '2', SHUTDOWN_GRACE_SECONDS: '0' } })
  const stream = await chat(gateway, 'demo:pace=50ms demo:tokens=400', { stream: true })
  const workers = workersOf(gateway)
  gateway.signal('SIGKILL')
  await stream.text().catch(() => undefined)
  await until(() => workers.every(pid => !isAlive(pid)))
  const next = await startGateway(dataDir)
  const record = await recordOf(next, await adminKeyOf(dataDir), idOf(stream))
  expect(record.outcome).toBe('error')
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test('a worker that cannot start ends the gateway with its reason', async () => {
  const gateway = startProcess(join(temporaryFolder(), 'data'), {
    env: { WORKERS: '2', PORT: '1', HOST: '203.0.113.1' },
  })
  expect(await gateway.ended()).toBe(1)
  expect(gateway.stderr()).toContain('cannot listen')
})
