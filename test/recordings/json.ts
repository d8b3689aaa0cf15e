/** Any JSON object. */
// biome-ignore lint/suspicious/noExplicitAny: another's JSON, of which each vendor has its own form
export type Json = Record<string, any>
