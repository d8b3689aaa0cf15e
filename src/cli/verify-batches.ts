import type { Api } from './api'
import type { Shape } from './shape'

interface Batch {
  id: string
  process_id: string
  created_at: string
  hash: string
  records: number
  found: number
  state: Fault['state'] | 'whole' | 'cut' | 'gone'
}

const BATCH: Shape<Batch> = { id: 'string', process_id: 'string', hash: 'string', state: 'string' }

type Fault = Pick<Batch, 'id' | 'created_at' | 'records' | 'found'> & { state: 'changed' | 'unlinked' }

/** The latest batch of each process. */
export type BatchHeads = Record<string, { id: string; hash: string }>

/** How the batches of the requests' log stand: what is not as it was stored, by name. */
export interface BatchVerdict {
  batches: number
  records: number
  /** Their requests were dropped with their month. */
  gone: number
  /** Some of their requests were. */
  cut: number
  faults: Fault[]
  /** Processes whose latest batch of another time is not there any more, as it was. */
  lost: string[]
  /** Whoever keeps them sees later whether batches at the end were removed. */
  heads: BatchHeads
}

const PAGE = 1000

/** Has the gateway check every batch, newest first, and those that were the latest once (`known`) for being there. */
export async function verifyBatches(api: Api, known: BatchHeads = {}): Promise<BatchVerdict> {
  const verdict: BatchVerdict = { batches: 0, records: 0, gone: 0, cut: 0, faults: [], lost: [], heads: {} }
  const missing = new Map(Object.entries(known).map(([process, { hash }]) => [hash, process]))
  let cursor: string | undefined
  do {
    const page = await api.page('/api/v1/audit/batches', BATCH, { limit: String(PAGE), cursor })
    for (const batch of page.data) {
      count(batch, verdict)
      missing.delete(batch.hash)
    }
    cursor = page.next_cursor ?? undefined
  } while (cursor !== undefined)
  verdict.lost.push(...missing.values())
  return verdict
}

function count(batch: Batch, verdict: BatchVerdict): void {
  verdict.batches++
  verdict.records += batch.found
  const { id, process_id, created_at, hash, records, found, state } = batch
  verdict.heads[process_id] ??= { id, hash }
  if (state === 'gone' || state === 'cut') verdict[state]++
  else if (state !== 'whole') verdict.faults.push({ id, created_at, records, found, state })
}

const FAULTS: Record<'changed' | 'unlinked', string> = {
  changed: 'a request of it was changed, removed or put in',
  unlinked: 'the batch before it is not there',
}

/** For people. */
export function batchesText({ batches, records, gone, cut, faults, lost }: BatchVerdict): string[] {
  const found = faults.map(
    ({ id, created_at, state, records: were, found: are }) =>
      `batch ${id} of ${created_at}: ${FAULTS[state]} (${are} of ${were} are there)`,
  )
  const removed = lost.map(process => `process ${process}: its latest batch of then is not there as it was`)
  const verdict = faults.length + lost.length === 0 ? 'as they were stored' : 'not as they were stored'
  const dropped = gone === 0 ? '' : `, ${gone} batches are gone with their month`
  const half = cut === 0 ? '' : `, of ${cut} a part is, and the rest cannot be checked`
  return [...found, ...removed, `${records} requests in ${batches} batches are ${verdict}${dropped}${half}`]
}
