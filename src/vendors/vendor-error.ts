/** What a vendor said was wrong, in its own words; members it did not give are null. */
export interface VendorError {
  message: string | null
  type: string | null
  code: string | null
  param: string | null
  /** How long the vendor asks not to be called, where its body says so and not its headers. */
  waitMs?: number
}
