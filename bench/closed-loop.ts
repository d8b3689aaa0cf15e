import { readFileSync } from 'node:fs'
import { ClientConnection, type Exchange } from './client/connection.ts'
import { Samples } from './client/samples.ts'
import type { ClosedLoopOrder } from './closed-loop-run.ts'
import type { JsonReport } from './json-load.ts'

/** Stands in for oha: every connection asks again as soon as it is answered. Takes its order as JSON, prints a report. */
const order = JSON.parse(process.argv[2] ?? '') as ClosedLoopOrder
const url = new URL(`${order.url}/chat/completions`)
const body = readFileSync(order.file)
const { numbered } = order

function requestWith(key: string): Buffer {
  const head = [
    `POST ${url.pathname} HTTP/1.1`,
    `Host: ${url.host}`,
    `Authorization: Bearer ${key}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
  ]
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body])
}

const request = requestWith(order.key)
/** The caller's, or that of any of many. */
const nextRequest = (): Buffer =>
  numbered === undefined ? request : requestWith(String(1 + Math.floor(Math.random() * numbered)))
const latencies = new Samples()
const endMs = performance.now() + order.seconds * 1000
let failed = 0

async function ask(connection: ClientConnection): Promise<boolean> {
  const startedMs = performance.now()
  const { promise, resolve } = Promise.withResolvers<boolean>()
  let status = 0
  const exchange: Exchange = {
    head: code => {
      status = code
    },
    bytes: () => {},
    end: () => resolve(status === 200),
    failed: () => resolve(false),
  }
  connection.send(nextRequest(), exchange)
  const answered = await promise
  if (answered) latencies.add((performance.now() - startedMs) * 1000)
  return answered
}

async function loop(): Promise<void> {
  let connection = await ClientConnection.open(url.hostname, Number(url.port))
  while (performance.now() < endMs) {
    if (!(await ask(connection))) failed += 1
    if (!connection.idle) connection = await ClientConnection.open(url.hostname, Number(url.port))
  }
}

await Promise.all(Array.from({ length: order.connections }, loop))
const { count, p50, p99 } = latencies.summary
const report: JsonReport = {
  answered: count,
  failed,
  perSecond: count / order.seconds,
  p50Us: p50,
  p99Us: p99,
}
console.log(JSON.stringify(report))
process.exit(0)
