import type { StreamReport } from '../client/tally.ts'
import { cpuAtRestUs, cpuUs } from '../cpu.ts'
import { TRANSLATED_MODEL } from '../gateway-config.ts'
import type { Bench, Figures, Scenario } from '../scenario.ts'
import { loadStreams, type StreamLoad } from '../stream-load.ts'
import type { Target } from '../target.ts'
import { warmUp, warmUpStreams } from '../warm-up.ts'

const LOAD: StreamLoad = { mode: 'rolling', streams: 300, paceMs: 10, chunks: 200 }

/** CPU for each content chunk that came within the window, and what did not come as it should. */
async function perChunk(target: Target, bench: Bench, seconds: number) {
  let before = Number.NaN
  let after = Number.NaN
  const report = await loadStreams<StreamReport>(bench, target, { ...LOAD, seconds }, word => {
    if (word === 'window') before = cpuUs(target.pid)
    else after = cpuUs(target.pid)
  })
  await cpuAtRestUs(target.pid)
  // A translated chunk is never what the vendor sent: whether it came, and in order, is what counts.
  const { lost, withoutDone, failed } = report
  return { cpuUs: (after - before) / report.chunks, faults: lost + withoutDone + failed }
}

/** Only our gateway is set up for it. */
const canTranslate = ({ twin }: Target) => twin !== undefined

async function measure(target: Target, bench: Bench): Promise<Figures> {
  if (!canTranslate(target)) return {}
  const seconds = bench.seconds * 2
  const plain = await perChunk(target, bench, seconds)
  const translated = await perChunk({ ...target, model: TRANSLATED_MODEL }, bench, seconds)
  const faults = plain.faults + translated.faults
  if (faults > 0) return { faults } // the times of those that did not fail would flatter it
  return {
    translatedUs: translated.cpuUs,
    timesBytePath: translated.cpuUs / plain.cpuUs,
    faults,
  }
}

/** The same load twice, the vendor answering in OpenAI's dialect, whose bytes pass through, and in Anthropic's. */
export const translated: Scenario = {
  name: 'stream-translated',
  rows: [
    {
      figure: 'timesBytePath',
      title: 'CPU per translated SSE chunk (Anthropic → OpenAI), times the byte path, 300 × 10 ms',
      unit: '×',
      compare: 'plain',
      bar: 2,
    },
    {
      figure: 'translatedUs',
      title: 'CPU per translated SSE chunk, 300 × 10 ms',
      unit: 'µs',
      compare: 'plain',
    },
    {
      figure: 'faults',
      title: 'Translated chunks lost, streams failed or cut',
      unit: '',
      compare: 'plain',
      bar: 0,
    },
  ],
  prepare: async (targets, bench) => {
    for (const target of targets.filter(canTranslate)) {
      await warmUp(target, bench, { body: 'small', connections: 32 })
      for (const model of [target.model, TRANSLATED_MODEL])
        await warmUpStreams({ ...target, model }, bench, { ...LOAD, chunks: 50 })
    }
  },
  run: measure,
}
