import { type SQL, sql } from 'drizzle-orm'
import type { AuditUsage } from './audit-row'
import { ledger } from './schema'

const INPUT = sql`coalesce(${ledger.input}, 0) + coalesce(${ledger.cachedInput}, 0) + coalesce(${ledger.cacheWrite}, 0) + coalesce(${ledger.cacheWrite1h}, 0) + coalesce(${ledger.audioInput}, 0) + coalesce(${ledger.imageInput}, 0)`
const OUTPUT = sql`coalesce(${ledger.output}, 0) + coalesce(${ledger.reasoning}, 0) + coalesce(${ledger.audioOutput}, 0) + coalesce(${ledger.imageOutput}, 0)`

/** The figures that callers see, of one line: `inputTokens` includes all classes of input, `outputTokens` all of output. */
export const LINE_FIGURES = {
  inputTokens: INPUT,
  cachedInputTokens: sql`${ledger.cachedInput}`,
  cacheWriteTokens: sql`${ledger.cacheWrite}`,
  cacheWrite1hTokens: sql`${ledger.cacheWrite1h}`,
  outputTokens: OUTPUT,
  reasoningTokens: sql`${ledger.reasoning}`,
  audioInputTokens: sql`${ledger.audioInput}`,
  audioOutputTokens: sql`${ledger.audioOutput}`,
  imageInputTokens: sql`${ledger.imageInput}`,
  imageOutputTokens: sql`${ledger.imageOutput}`,
  audioMs: sql`${ledger.audioMs}`,
  characters: sql`${ledger.characters}`,
  images: sql`${ledger.images}`,
} satisfies Record<Exclude<keyof AuditUsage, 'audioSeconds'> | 'audioMs', SQL>

export type LineFigure = keyof typeof LINE_FIGURES
export const LINE_FIGURE_NAMES = Object.keys(LINE_FIGURES) as LineFigure[]
