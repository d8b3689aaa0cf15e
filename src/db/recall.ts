import { LIMIT_KINDS, type LimitKind } from './limits'

/** What one process tells the others that it lacks of a key's or tenant's limits, in units. */
export interface Recall {
  subjectId: string
  processId: string
  needs: Partial<Record<LimitKind, number>>
}

/** A recall as a notification has it; that of a change is empty. */
export function recallText({ subjectId, processId, needs }: Recall): string {
  return [subjectId, processId, ...LIMIT_KINDS.map(kind => needs[kind] ?? '-')].join(' ')
}

/** Undefined for what is no recall. */
export function readRecall(text: string): Recall | undefined {
  const [subjectId, processId, ...units] = text.split(' ')
  if (!subjectId || !processId || units.length !== LIMIT_KINDS.length) return undefined
  const needs = LIMIT_KINDS.flatMap((kind, at) =>
    /^\d+$/.test(units[at] ?? '') ? [[kind, Number(units[at])]] : [],
  )
  return { subjectId, processId, needs: Object.fromEntries(needs) }
}
