import type { Api } from './api'

interface Batch {
  id: string
  created_at: string
  records: number
  found: number
  state: Fault['state'] | 'whole' | 'cut' | 'gone'
}

type Fault = Omit<Batch, 'state'> & { state: 'changed' | 'unlinked' }

/** How the batches of the requests' log stand: what is not as it was stored, by name. */
export interface BatchVerdict {
  batches: number
  records: number
  /** Their requests were dropped with their month. */
  gone: number
  /** Some of their requests were. */
  cut: number
  faults: Fault[]
}

const PAGE = 1000

/** Has the gateway check every batch, newest first. */
export async function verifyBatches(api: Api): Promise<BatchVerdict> {
  const verdict: BatchVerdict = { batches: 0, records: 0, gone: 0, cut: 0, faults: [] }
  let cursor: string | undefined
  do {
    const page = await api.get<{ data: Batch[]; next_cursor: string | null }>('/api/v1/audit/batches', {
      limit: String(PAGE),
      cursor,
    })
    for (const batch of page.data) count(batch, verdict)
    cursor = page.next_cursor ?? undefined
  } while (cursor !== undefined)
  return verdict
}

function count(batch: Batch, verdict: BatchVerdict): void {
  verdict.batches++
  verdict.records += batch.found
  const { state } = batch
  if (state === 'gone' || state === 'cut') verdict[state]++
  else if (state !== 'whole') verdict.faults.push({ ...batch, state })
}

const FAULTS: Record<'changed' | 'unlinked', string> = {
  changed: 'a request of it was changed, removed or put in',
  unlinked: 'the batch before it is not there',
}

/** For people. */
export function batchesText({ batches, records, gone, cut, faults }: BatchVerdict): string[] {
  const found = faults.map(
    ({ id, created_at, state, records: were, found: are }) =>
      `batch ${id} of ${created_at}: ${FAULTS[state]} (${are} of ${were} are there)`,
  )
  const verdict = faults.length === 0 ? 'as they were stored' : 'not as they were stored'
  const dropped = gone === 0 ? '' : `, ${gone} batches are gone with their month`
  const half = cut === 0 ? '' : `, of ${cut} a part is, and the rest cannot be checked`
  return [...found, `${records} requests in ${batches} batches are ${verdict}${dropped}${half}`]
}
